#include "base/bytes.h"

#include "support/test.h"

static const uint8_t counting[] = {0x01, 0x02, 0x03, 0x04, 0x85, 0x06, 0x07, 0x88};

static void integers_are_read_as_little_endian(void **state)
{
    (void)state;
    assert_int_equal(bytes_get_u32(counting), 0x04030201);
    assert_true(bytes_get_u64(counting) == 0x8807068504030201);
}

static void integers_are_written_as_little_endian(void **state)
{
    uint8_t bytes[8];

    (void)state;
    bytes_put_u64(bytes, 0x8807068504030201);
    assert_memory_equal(bytes, counting, 8);
    bytes_put_u32(bytes, 0x88070685);
    assert_memory_equal(bytes, counting + 4, 4);
}

static void unaligned_integers_are_read_and_written(void **state)
{
    uint8_t bytes[16];

    (void)state;
    for (size_t offset = 0; offset < 8; offset++) {
        bytes_put_u64(bytes + offset, 0x8807068504030201);
        assert_true(bytes_get_u64(bytes + offset) == 0x8807068504030201);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_are_read_as_little_endian),
        cmocka_unit_test(integers_are_written_as_little_endian),
        cmocka_unit_test(unaligned_integers_are_read_and_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
