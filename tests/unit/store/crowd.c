/* Crowds make no difference: random waits are released in the same order with and without them.
 */
#include "store/crowd.h"

#include <limits.h>

#include "store/waking.h"
#include "support/allocator.h"
#include "support/test.h"

enum {
    NAMES = 6,
    LISTS = 4,
    WAITERS = 12,
    STEPS = 200000,
};

static const struct hash_key hash_key = {{1, 2, 3}};

/* Waiters with the same numbers wait alike. */
struct side {
    struct allocator allocator;
    struct memory memory;
    struct waits waits;
    struct waiter waiters[WAITERS];
    struct released released;
    long steps;
};

static struct side plain;
static struct side crowded;
static struct crowd_owner owners[LISTS];
static bool exists[NAMES];
static uint64_t seed;

static int init(struct side *side)
{
    allocator_init(&side->allocator, &side->memory);
    memset(side->waiters, 0, sizeof(side->waiters));
    released_init(&side->released, &side->steps);
    return waits_init(&side->waits, &side->memory, &hash_key);
}

static int set_up(void **state)
{
    (void)state;
    seed = 1;
    memset(exists, 0, sizeof(exists));
    memset(owners, 0, sizeof(owners));
    return init(&plain) || init(&crowded) ? -1 : 0;
}

static void leave(struct side *side, size_t number)
{
    long steps = LONG_MAX;

    assert_true(crowd_forget_some(&side->waits, &side->waiters[number], &steps));
}

static int tear_down(void **state)
{
    (void)state;
    for (size_t i = 0; i < WAITERS; i++) {
        leave(&plain, i);
        leave(&crowded, i);
    }
    waits_done(&plain.waits);
    waits_done(&crowded.waits);
    allocator_check_empty(&plain.allocator, &plain.memory);
    allocator_check_empty(&crowded.allocator, &crowded.memory);
    return 0;
}

static size_t random_below(size_t bound)
{
    seed = seed * 6364136223846793005 + 1442695040888963407;
    return (size_t)(seed >> 33) % bound;
}

static struct name named(size_t number)
{
    static const char letters[NAMES + 1] = "abcdef";

    return name_of(&hash_key, span_of(letters + number, 1));
}

/* A list has the names whose bits are set in these. */
static const unsigned lists[LISTS] = {0x3f, 0x0f, 0x3c, 0x05};

static bool misses(size_t list, size_t name)
{
    return (lists[list] >> name & 1) && !exists[name];
}

static void register_names(struct side *side, struct waiter *waiter, size_t list)
{
    for (size_t name = 0; name < NAMES; name++) {
        if (misses(list, name))
            assert_int_equal(waiter_add(&side->waits, waiter, named(name), NAMES), 0);
    }
}

static void wait_in_crowd(struct waiter *waiter, size_t list)
{
    struct crowd *crowd = owners[list].crowd;

    if (crowd != NULL) {
        crowd_join(&crowded.waits, crowd, waiter);
        return;
    }
    crowd = crowd_begin(&crowded.waits, waiter, &owners[list]);
    assert_non_null(crowd);
    register_names(&crowded, &crowd->waiter, list);
    assert_false(waiter_let_go(&crowded.waits, &crowd->waiter));
}

static void begin_to_wait(size_t number, size_t list)
{
    bool is_missing = false;

    for (size_t name = 0; name < NAMES; name++)
        is_missing |= misses(list, name);
    if (!is_missing || waiter_is_waiting(&plain.waiters[number]))
        return;
    register_names(&plain, &plain.waiters[number], list);
    if (random_below(4) == 0)
        register_names(&crowded, &crowded.waiters[number], list);
    else
        wait_in_crowd(&crowded.waiters[number], list);
}

static size_t take_released(struct side *side)
{
    struct waiter *waiter = released_take(&side->released);

    return waiter == NULL ? WAITERS : (size_t)(waiter - side->waiters);
}

static void compare(void)
{
    size_t number;

    do {
        number = take_released(&plain);
        assert_int_equal(take_released(&crowded), number);
    } while (number < WAITERS);
    for (size_t i = 0; i < WAITERS; i++)
        assert_int_equal(
            waiter_is_waiting(&plain.waiters[i]), waiter_is_waiting(&crowded.waiters[i]));
}

static void set(size_t name)
{
    exists[name] = true;
    waits_wake_all(&plain.waits, named(name), &plain.released);
    waits_wake_all(&crowded.waits, named(name), &crowded.released);
}

static void push(size_t name)
{
    exists[name] = true;
    assert_int_equal(crowds_split_off(&crowded.waits, named(name), &(long){1}), 0);
    waits_wake_one(&plain.waits, named(name), &plain.released);
    waits_wake_one(&crowded.waits, named(name), &crowded.released);
}

/* Crowds that do not wait for the name may be right no more for those that come. */
static void remove_name(size_t name)
{
    exists[name] = false;
    for (size_t list = 0; list < LISTS; list++) {
        crowd_close(&owners[list]);
    }
}

static void change(void)
{
    switch (random_below(12)) {
    case 0:
    case 1:
        set(random_below(NAMES));
        break;
    case 2:
        push(random_below(NAMES));
        break;
    case 3:
    case 4:
        remove_name(random_below(NAMES));
        break;
    case 5: {
        size_t number = random_below(WAITERS);

        leave(&plain, number);
        leave(&crowded, number);
        break;
    }
    default:
        begin_to_wait(random_below(WAITERS), random_below(LISTS));
    }
}

static void random_waits_are_released_as_without_crowds(void **state)
{
    (void)state;
    for (int step = 0; step < STEPS; step++) {
        change();
        compare();
    }
}

static void add_at(struct side *side, struct waiter *waiter, size_t name)
{
    assert_int_equal(waiter_add(&side->waits, waiter, named(name), NAMES), 0);
}

/* The waiter 2 comes to the name 1 first, then the waiter 1, then the waiter 0, which began
 * to wait before both. */
static void register_in_turns(void)
{
    struct crowd *crowd = crowd_begin(&crowded.waits, &crowded.waiters[0], &owners[0]);
    struct crowd *other = crowd_begin(&crowded.waits, &crowded.waiters[2], &owners[1]);

    assert_non_null(crowd);
    assert_non_null(other);
    add_at(&crowded, &other->waiter, 1);
    add_at(&plain, &plain.waiters[2], 1);
    assert_false(waiter_let_go(&crowded.waits, &other->waiter));
    waiter_hold(&plain.waiters[0]);
    add_at(&crowded, &crowd->waiter, 0);
    add_at(&plain, &plain.waiters[0], 0);
    add_at(&crowded, &crowded.waiters[1], 1);
    add_at(&plain, &plain.waiters[1], 1);
    add_at(&crowded, &crowd->waiter, 1);
    add_at(&plain, &plain.waiters[0], 1);
    assert_false(waiter_let_go(&crowded.waits, &crowd->waiter));
    assert_false(waiter_let_go(&plain.waits, &plain.waiters[0]));
}

static void a_crowd_that_is_registered_in_turns_keeps_the_order_at_each_name(void **state)
{
    (void)state;
    register_in_turns();
    set(0);
    compare();
    set(1);
    compare();
}

static void a_push_keeps_the_order_at_each_name(void **state)
{
    (void)state;
    register_in_turns();
    set(0);
    push(1);
    compare();
    push(1);
    compare();
}

static void a_push_that_is_refused_memory_changes_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < WAITERS; i++)
        begin_to_wait(i, i % LISTS);
    for (size_t refused = 1;; refused++) {
        int error;

        allocator_refuse(&crowded.allocator, refused);
        error = crowds_split_off(&crowded.waits, named(0), &(long){1});
        if (error == 0)
            break;
        compare();
    }
    allocator_refuse_none(&crowded.allocator);
    while (waiter_is_waiting(&plain.waiters[0])) {
        push(random_below(NAMES));
        compare();
    }
}

static void a_push_takes_a_step_for_each_wait_and_member(void **state)
{
    long steps = 0;

    (void)state;
    for (size_t i = 0; i < WAITERS; i++)
        begin_to_wait(i, 0);
    assert_int_equal(crowds_split_off(&crowded.waits, named(0), &steps), 0);
    assert_int_equal(steps, -(1 + WAITERS));
}

static void a_crowd_that_is_refused_memory_has_no_member(void **state)
{
    struct waiter *waiter = &crowded.waiters[0];

    (void)state;
    allocator_refuse(&crowded.allocator, 1);
    assert_null(crowd_begin(&crowded.waits, waiter, &owners[0]));
    assert_null(owners[0].crowd);
    assert_false(waiter_is_waiting(waiter));
}

static void the_owner_learns_that_all_has_appeared(void **state)
{
    (void)state;
    wait_in_crowd(&crowded.waiters[0], 0);
    for (size_t name = 0; name < NAMES; name++) {
        assert_int_equal(owners[0].has_appeared, owners[0].crowd == NULL);
        set(name);
    }
    assert_true(owners[0].has_appeared);
    assert_null(owners[0].crowd);
}

static void the_owner_of_a_crowd_that_was_left_learns_nothing(void **state)
{
    (void)state;
    wait_in_crowd(&crowded.waiters[0], 0);
    leave(&crowded, 0);
    assert_null(owners[0].crowd);
    assert_false(owners[0].has_appeared);
}

static void the_last_member_leaves_in_turns(void **state)
{
    struct waiter *waiter = &crowded.waiters[0];
    long steps = 1;
    int turns = 1;

    (void)state;
    wait_in_crowd(waiter, 0);
    while (!crowd_forget_some(&crowded.waits, waiter, &steps)) {
        assert_null(owners[0].crowd);
        steps = 1;
        turns++;
    }
    assert_true(turns > NAMES / 2);
}

static void a_member_takes_constant_memory(void **state)
{
    size_t used;

    (void)state;
    begin_to_wait(0, 0);
    wait_in_crowd(&crowded.waiters[1], 0);
    used = crowded.memory.used;
    wait_in_crowd(&crowded.waiters[2], 0);
    assert_int_equal(crowded.memory.used, used);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(random_waits_are_released_as_without_crowds),
        TEST(a_crowd_that_is_registered_in_turns_keeps_the_order_at_each_name),
        TEST(a_push_keeps_the_order_at_each_name),
        TEST(a_push_that_is_refused_memory_changes_nothing),
        TEST(a_push_takes_a_step_for_each_wait_and_member),
        TEST(a_crowd_that_is_refused_memory_has_no_member),
        TEST(the_owner_learns_that_all_has_appeared),
        TEST(the_owner_of_a_crowd_that_was_left_learns_nothing),
        TEST(the_last_member_leaves_in_turns),
        TEST(a_member_takes_constant_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
