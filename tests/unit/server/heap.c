/* Blocks of the system's memory, small and large ones. */
#include "server/heap.h"

#include <stdint.h>
#include <sys/mman.h>

#include "base/memory.h"
#include "support/test.h"

static const size_t LARGE = MEMORY_LARGE;

static const size_t sizes[] = {
    1,
    100,
    5000,
    MEMORY_LARGE - 1,
    MEMORY_LARGE,
    MEMORY_LARGE + 1,
    (size_t)MEMORY_LARGE * 3,
    (size_t)MEMORY_LARGE * 2,
};

enum { SIZES = sizeof(sizes) / sizeof(sizes[0]) };

static struct heap heap;

static int set_up(void **state)
{
    (void)state;
    heap_init(&heap);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    heap_done(&heap);
    return 0;
}

static void fill(uint8_t *block, size_t size)
{
    for (size_t i = 0; i < size; i++)
        block[i] = (uint8_t)(i * 7);
}

static void assert_filled(const uint8_t *block, size_t size)
{
    for (size_t i = 0; i < size; i++)
        assert_int_equal(block[i], (uint8_t)(i * 7));
}

static void resizing_keeps_the_bytes(void **state)
{
    (void)state;
    for (size_t from = 0; from < SIZES; from++) {
        for (size_t to = 0; to < SIZES; to++) {
            size_t kept = sizes[from] < sizes[to] ? sizes[from] : sizes[to];
            uint8_t *block = heap_resize(&heap, NULL, 0, sizes[from]);

            assert_non_null(block);
            fill(block, sizes[from]);
            block = heap_resize(&heap, block, sizes[from], sizes[to]);
            assert_non_null(block);
            assert_filled(block, kept);
            fill(block, sizes[to]);
            assert_null(heap_resize(&heap, block, sizes[to], 0));
        }
    }
}

static bool is_mapped(void *page)
{
    unsigned char resident;

    return mincore(page, MEMORY_PAGE, &resident) == 0;
}

static void a_large_block_gives_its_pages_back_as_it_shrinks(void **state)
{
    uint8_t *block = heap_resize(&heap, NULL, 0, LARGE * 3);
    uint8_t *shrunk;

    (void)state;
    assert_non_null(block);
    fill(block, LARGE * 3);
    shrunk = heap_resize(&heap, block, LARGE * 3, LARGE);
    assert_ptr_equal(shrunk, block);
    assert_true(is_mapped(block));
    assert_false(is_mapped(block + LARGE));
    heap_resize(&heap, block, LARGE, 0);
    assert_false(is_mapped(block));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(resizing_keeps_the_bytes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            a_large_block_gives_its_pages_back_as_it_shrinks, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
