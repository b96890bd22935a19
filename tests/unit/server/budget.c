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

static void gaps_are_allowed_to_all_stores_together(void **state)
{
    struct fixture *f = *state;
    struct share *first = &f->stores[0].share, *second = &f->stores[1].share;
    size_t allowed = share_allowed_gaps(first);

    assert_true(allowed > SERVER / 10);
    assert_int_equal(share_set_gaps(first, allowed - MI), 0);
    assert_int_equal(share_allowed_gaps(first), allowed);
    assert_int_equal(share_allowed_gaps(second), MI);
    assert_int_equal(share_set_gaps(second, 3 * MI), 2 * MI);
    assert_int_equal(share_set_gaps(first, 0), 0);
    assert_int_equal(share_set_gaps(second, 3 * MI), 0);
    assert_int_equal(share_allowed_gaps(first), allowed - 3 * MI);
    memories_done(&f->stores[1]);
    share_leave(second);
    assert_int_equal(share_allowed_gaps(first), allowed);
    memories_init(&f->stores[1], &f->budget, STORE, 0);
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
        TEST(what_a_store_has_freed_others_get),
        TEST(a_store_that_leaves_gives_all_back),
        TEST(gaps_are_allowed_to_all_stores_together),
        TEST(what_is_allocated_elsewhere_counts),
        TEST(an_impossible_size_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
