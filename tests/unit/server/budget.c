/* The memory of a server, shared by stores. */
#include "server/memories.h"
#include "support/test.h"

#define MI ((size_t)1 << 20)
#define SERVER (64 * MI)
#define STORE (32 * MI)
#define BLOCK ((size_t)100 << 10)

struct block {
    struct block *next;
    struct memory *memory;
};

struct fixture {
    struct budget budget;
    struct memories stores[3];
    struct block *blocks;
};

static struct fixture fixture;

static int set_up(void **state)
{
    struct fixture *f = &fixture;

    memories_init_budget(&f->budget, &(struct tcpstore_limits){.memory_bytes = SERVER});
    for (int i = 0; i < 3; i++)
        memories_init(&f->stores[i], &f->budget, STORE, 0);
    *state = f;
    return 0;
}

/* Those of an account, or of all. */
static void free_blocks(struct fixture *f, const struct memory *account)
{
    struct block **at = &f->blocks;

    while (*at != NULL) {
        struct block *block = *at;

        if (account != NULL && block->memory->account != account) {
            at = &block->next;
            continue;
        }
        *at = block->next;
        memory_free(block->memory, block, BLOCK);
    }
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    free_blocks(f, NULL);
    for (int i = 0; i < 3; i++) {
        memories_done(&f->stores[i]);
        share_leave(&f->stores[i].share);
    }
    assert_int_equal(f->budget.granted, 0);
    return 0;
}

/* Returns the bytes of small blocks that were allocated. */
static size_t fill(struct memory *memory, size_t most)
{
    size_t bytes = 0;
    struct block *block;

    while (bytes + BLOCK <= most && (block = memory_alloc(memory, BLOCK)) != NULL) {
        *block = (struct block){fixture.blocks, memory};
        fixture.blocks = block;
        bytes += BLOCK;
    }
    return bytes;
}

static void a_store_gets_what_its_own_limit_allows(void **state)
{
    struct memories *store = &((struct fixture *)*state)->stores[0];

    assert_in_range(fill(&store->stored, SIZE_MAX), STORE / 2 - 2 * BLOCK, STORE / 2);
    assert_false(store->share.is_refused_by_budget);
    assert_int_equal(memories_refused_beyond(store), STORE / 2);
    assert_int_equal(memories_limit(store), STORE / 2);
    assert_in_range(
        fill(&store->serving, SIZE_MAX), STORE / 4 - 2 * BLOCK, STORE / 4 + 2 * BLOCK);
    assert_in_range(
        fill(&store->local, SIZE_MAX), STORE / 4 - 2 * BLOCK, STORE / 4 + 2 * BLOCK);
}

static void all_stores_together_get_what_the_server_allows(void **state)
{
    struct fixture *f = *state;
    size_t sum = 0;

    for (int i = 0; i < 3; i++)
        sum += fill(&f->stores[i].stored, SIZE_MAX);
    assert_in_range(sum, SERVER / 2 - 6 * BLOCK, SERVER / 2);
    assert_true(f->stores[2].share.is_refused_by_budget);
    assert_true(memories_refused_beyond(&f->stores[2]) < STORE / 2);
    assert_non_null(strstr(memories_explain(&f->stores[2]), "--max-memory"));
    assert_true(fill(&f->stores[2].serving, SIZE_MAX) > 0);
}

static void a_store_is_full_when_not_even_a_short_key_fits(void **state)
{
    enum { ROOM = 8192, MOST_OF_IT = 6000 };
    struct memories *store = &((struct fixture *)*state)->stores[0];
    void *block, *last;
    size_t left;

    assert_true(fill(&store->stored, memories_limit(store) - 2 * BLOCK) > 0);
    left = memories_limit(store) - memory_held(&store->stored);
    block = memory_alloc(&store->stored, left - ROOM);
    assert_non_null(block);
    assert_false(memories_are_full(store));
    last = memory_alloc(&store->stored, MOST_OF_IT);
    assert_non_null(last);
    assert_true(memories_are_full(store));
    memory_free(&store->stored, last, MOST_OF_IT);
    memory_free(&store->stored, block, left - ROOM);
}

static void what_a_store_has_freed_others_get(void **state)
{
    struct fixture *f = *state;
    struct memory *first = &f->stores[0].stored;
    void *block;

    assert_true(fill(&f->stores[1].stored, SIZE_MAX) > 0);
    block = memory_alloc(first, STORE / 2 - MI);
    assert_non_null(block);
    assert_null(memory_alloc(&f->stores[2].stored, 2 * MI));
    memory_free(first, block, STORE / 2 - MI); /* which keeps it for its next large value */
    assert_in_range(fill(&f->stores[2].stored, 8 * MI), 8 * MI - BLOCK, 8 * MI);
    assert_true(f->budget.granted <= SERVER / 2);
}

static void a_store_that_leaves_gives_all_back(void **state)
{
    struct fixture *f = *state;
    struct memories *leaving = &f->stores[0];

    fill(&leaving->stored, SIZE_MAX);
    fill(&f->stores[1].stored, SIZE_MAX);
    share_detach(&leaving->share);
    assert_null(memory_alloc(&f->stores[2].stored, 2 * MI));
    free_blocks(f, &leaving->stored);
    memories_done(leaving);
    share_leave(&leaving->share);
    assert_true(fill(&f->stores[2].stored, SIZE_MAX) > STORE / 2 - 2 * BLOCK);
    memories_init(leaving, &f->budget, STORE, 0);
}

/* Leaves `bytes` of gaps, at least, and a block that keeps them. A sanitizer build takes small
 * blocks from malloc, so this calls the pool. */
static void leave_gaps(struct memories *store, size_t bytes)
{
    enum { BLOCKS = 1024 };
    static void *blocks[BLOCKS];
    struct pool *pool = &store->heap.pool;
    size_t count = bytes / BLOCK + 2;

    assert_true(count <= BLOCKS);
    for (size_t i = 0; i < count; i++)
        blocks[i] = pool_alloc(pool, BLOCK);
    for (size_t i = 1; i < count; i++)
        pool_free(pool, blocks[i]);
}

/* 15 % and 8 MiB. */
static const size_t GAPS = SERVER / 100 * 15 + 8 * MI;

static void gaps_are_allowed_to_all_stores_together(void **state)
{
    struct fixture *f = *state;
    size_t gaps = 0, charged = 0;

    for (int i = 0; i < 3; i++) {
        leave_gaps(&f->stores[i], 7 * MI);
        memories_begin_iteration(&f->stores[i]);
        gaps += heap_excess(&f->stores[i].heap);
        charged += f->stores[i].stored.excess;
    }
    assert_true(gaps > GAPS);
    assert_int_equal(charged, gaps - GAPS);
    assert_int_equal(f->stores[0].stored.excess, 0);
}

static void gaps_beyond_those_leave_less_for_other_stores(void **state)
{
    struct fixture *f = *state;

    leave_gaps(&f->stores[0], GAPS + SERVER / 2 - 5 * MI);
    memories_begin_iteration(&f->stores[0]);
    assert_in_range(fill(&f->stores[1].stored, SIZE_MAX), 4 * MI, 5 * MI);
    assert_true(f->stores[1].share.is_refused_by_budget);
    while (heap_trim(&f->stores[0].heap))
        ;
    assert_in_range(fill(&f->stores[1].stored, SIZE_MAX), 8 * MI, STORE / 2);
}

/* In the same iteration. */
static void what_a_store_has_freed_others_get_without_the_gaps_that_it_has_left(void **state)
{
    struct fixture *f = *state;
    size_t sum = 0;

    fill(&f->stores[0].stored, SIZE_MAX);
    free_blocks(f, &f->stores[0].stored);
    leave_gaps(&f->stores[0], GAPS + 8 * MI);
    for (int i = 1; i < 3; i++)
        sum += fill(&f->stores[i].stored, SIZE_MAX);
    assert_in_range(sum, SERVER / 2 - 10 * MI, SERVER / 2 - 8 * MI);
}

static void a_store_that_leaves_gives_its_gaps_to_others(void **state)
{
    struct fixture *f = *state;

    leave_gaps(&f->stores[0], GAPS);
    memories_begin_iteration(&f->stores[0]);
    leave_gaps(&f->stores[1], 4 * MI);
    memories_begin_iteration(&f->stores[1]);
    assert_true(f->stores[1].stored.excess > 0);
    memories_done(&f->stores[0]);
    share_leave(&f->stores[0].share);
    memories_begin_iteration(&f->stores[1]);
    assert_int_equal(f->stores[1].stored.excess, 0);
    memories_init(&f->stores[0], &f->budget, STORE, 0);
}

static void what_is_allocated_elsewhere_counts(void **state)
{
    struct fixture *f = *state;
    struct memories *store = &f->stores[0];

    memories_done(store);
    share_leave(&store->share);
    memories_init(store, &f->budget, STORE, 4 * MI);
    assert_in_range(
        fill(&store->stored, SIZE_MAX), STORE / 2 - 4 * MI - 2 * BLOCK, STORE / 2 - 4 * MI);
}

static void an_impossible_size_is_refused(void **state)
{
    struct memories *store = &((struct fixture *)*state)->stores[0];

    assert_null(memory_alloc(&store->stored, SIZE_MAX));
    assert_null(memory_alloc(&store->local, STORE + 1));
    assert_true(fill(&store->stored, MI) > 0);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_store_gets_what_its_own_limit_allows),
        TEST(all_stores_together_get_what_the_server_allows),
        TEST(a_store_is_full_when_not_even_a_short_key_fits),
        TEST(what_a_store_has_freed_others_get),
        TEST(a_store_that_leaves_gives_all_back),
        TEST(gaps_are_allowed_to_all_stores_together),
        TEST(gaps_beyond_those_leave_less_for_other_stores),
        TEST(what_a_store_has_freed_others_get_without_the_gaps_that_it_has_left),
        TEST(a_store_that_leaves_gives_its_gaps_to_others),
        TEST(what_is_allocated_elsewhere_counts),
        TEST(an_impossible_size_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
