/*
 * A request of many names takes turns, and between any two of them another client does
 * something else. Both must see the same as if the first request was executed in one go, before
 * or after the other one.
 */
#include "engine/unfinished.h"
#include "support/requests.h"
#include "support/test.h"
#include "support/world.h"

enum {
    LONG_CLIENT = 0,
    OTHER_CLIENT = 1,
    BARRIER_CLIENT = 2, /* waits at the barrier "a" */
    WAIT_CLIENT = 3,    /* waits for "b" and "d" */

    NAMES = 4, /* of a long request */
    AT_ONCE = 1024,
};

/* "a", "c", "x" and "y" are keys, "q" is a queue. */
struct action {
    const char *words;
    size_t client;
    enum operation operation;
    bool leaves; /* instead of sending a request */
};

static const struct action long_actions[] = {
    {"a c x y", LONG_CLIENT, OP_CHECK, false},
    {"a c b d", LONG_CLIENT, OP_CHECK, false},
    {"a b d e", LONG_CLIENT, OP_WAIT, false},
    {"a c x y", LONG_CLIENT, OP_WAIT, false},
    {"a b c d", LONG_CLIENT, OP_MULTI_GET, false},
    {"a 10 b 20 c 30 d 40", LONG_CLIENT, OP_MULTI_SET, false},
    {"", LONG_CLIENT, OP_LIST_KEYS, false},
    {"", LONG_CLIENT, OP_CANCEL_WAIT, false},
};

static const struct action other_actions[] = {
    {"a", OTHER_CLIENT, OP_SET, false},          {"b", OTHER_CLIENT, OP_SET, false},
    {"d", OTHER_CLIENT, OP_SET, false},          {"e", OTHER_CLIENT, OP_SET, false},
    {"c", OTHER_CLIENT, OP_COMPARE_SET, false},  {"d", OTHER_CLIENT, OP_COMPARE_SET, false},
    {"a", OTHER_CLIENT, OP_GET, false},          {"d", OTHER_CLIENT, OP_GET, false},
    {"a", OTHER_CLIENT, OP_ADD, false},          {"d", OTHER_CLIENT, OP_ADD, false},
    {"b", OTHER_CLIENT, OP_CHECK, false},        {"d", OTHER_CLIENT, OP_CHECK, false},
    {"b", OTHER_CLIENT, OP_WAIT, false},         {"d", OTHER_CLIENT, OP_WAIT, false},
    {"", OTHER_CLIENT, OP_GETNUMKEYS, false},    {"a", OTHER_CLIENT, OP_DELETE_KEY, false},
    {"b", OTHER_CLIENT, OP_DELETE_KEY, false},   {"c", OTHER_CLIENT, OP_DELETE_KEY, false},
    {"b", OTHER_CLIENT, OP_APPEND, false},       {"c", OTHER_CLIENT, OP_APPEND, false},
    {"d", OTHER_CLIENT, OP_MULTI_GET, false},    {"b c", OTHER_CLIENT, OP_MULTI_GET, false},
    {"b 7", OTHER_CLIENT, OP_MULTI_SET, false},  {"b 7 c 8", OTHER_CLIENT, OP_MULTI_SET, false},
    {"", OTHER_CLIENT, OP_PING, false},          {"b", OTHER_CLIENT, OP_QUEUE_PUSH, false},
    {"e", OTHER_CLIENT, OP_QUEUE_PUSH, false},   {"q", OTHER_CLIENT, OP_QUEUE_POP, false},
    {"q", OTHER_CLIENT, OP_QUEUE_LEN, false},    {"", OTHER_CLIENT, OP_LIST_KEYS, false},
    {"a", OTHER_CLIENT, OP_BARRIER, false},      {"b", OTHER_CLIENT, OP_BARRIER, false},
    {"d", OTHER_CLIENT, OP_BARRIER, false},      {"", OTHER_CLIENT, OP_CANCEL_WAIT, false},
    {"", BARRIER_CLIENT, OP_CANCEL_WAIT, false}, {"", WAIT_CLIENT, OP_CANCEL_WAIT, false},
    {"", BARRIER_CLIENT, OP_COUNT, true},        {"", WAIT_CLIENT, OP_COUNT, true},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A long action in turns of `steps`, the other one after `turns` of these. */
struct scenario {
    const struct action *first;
    const struct action *other;
    size_t items_at_once;
    long steps;
    size_t turns;
};

/* All replies, and all values at the end. */
struct result {
    struct buffer replies[WORLD_CLIENTS];
    struct buffer values;
};

static struct world world;
static struct buffer requests;

static void add_request(const struct action *action)
{
    switch (action->operation) {
    case OP_SET:
    case OP_APPEND:
    case OP_QUEUE_PUSH:
        add_valued(&requests, action->operation, action->words, text("5"));
        break;
    case OP_COMPARE_SET:
        add_compare_set(&requests, action->words, text("3"), text("5"));
        break;
    case OP_ADD:
    case OP_BARRIER:
        add_numbered(&requests, action->operation, action->words, 3);
        break;
    case OP_CHECK:
    case OP_WAIT:
    case OP_MULTI_GET:
        add_keys(&requests, action->operation, action->words);
        break;
    case OP_MULTI_SET:
        add_multi_set(&requests, action->words);
        break;
    case OP_PING:
        add_word(&requests, OP_PING, 1);
        break;
    case OP_GETNUMKEYS:
    case OP_LIST_KEYS:
    case OP_CANCEL_WAIT:
        add_bare(&requests, action->operation);
        break;
    default:
        add_keyed(&requests, action->operation, action->words);
    }
}

/* Returns why the session stops at last. */
static enum stop continue_in_turns(size_t client, enum stop stop, long steps)
{
    while (stop == STOP_TURN_OVER)
        stop = world_continue(&world, client, steps);
    return stop;
}

static enum stop act(const struct action *action)
{
    if (action->leaves) {
        while (!world_leave_in_turns(&world, action->client, 1))
            continue;
        return STOP_NEEDS_BYTES;
    }
    add_request(action);
    return continue_in_turns(
        action->client, world_feed(&world, action->client, &requests, 3), 3);
}

static void do_now(size_t client, enum operation operation, const char *words)
{
    const struct action action = {words, client, operation, false};

    assert_int_equal(act(&action), STOP_NEEDS_BYTES);
}

static void prepare(const struct scenario *scenario, size_t items_at_once)
{
    assert_int_equal(world_init(&world, 0), 0);
    for (size_t i = 0; i < WORLD_CLIENTS; i++)
        assert_int_equal(world_validate(&world, i), 0);
    world.engine.limits.queue_entries = 10;
    do_now(OTHER_CLIENT, OP_MULTI_SET, "a 1 c 3 x 8 y 9");
    do_now(OTHER_CLIENT, OP_QUEUE_PUSH, "q");
    add_numbered(&requests, OP_BARRIER, "a", 9);
    world_send(&world, BARRIER_CLIENT, &requests);
    do_now(WAIT_CLIENT, OP_WAIT, "b d");
    if (scenario->first->operation == OP_CANCEL_WAIT)
        do_now(LONG_CLIENT, OP_WAIT, "b d e f");
    world.engine.limits.items_at_once = items_at_once;
}

/* Every wait ends, so that a client that waits, or no longer waits, shows. A client that has
 * left may or may not have been sent its release. */
static void finish(const struct scenario *scenario, struct result *ret_result)
{
    static const char *const names[] = {"a", "b", "c", "d", "e", "f", "q", "x", "y"};

    for (size_t i = 0; i < COUNT(names); i++) {
        struct name name = store_name(&world.engine.store, text(names[i]));

        buffer_add_sized(&ret_result->values, store_get(&world.engine.store, name).span);
        buffer_add_u64(&ret_result->values, store_queue_length(&world.engine.store, name));
    }
    buffer_add_u64(&ret_result->values, store_count(&world.engine.store));
    for (size_t i = 0; i < COUNT(names); i++)
        do_now(OTHER_CLIENT, OP_SET, names[i]);
    assert_int_equal(world.engine.store.waits.table.nodes, 0);
    if (scenario->other->leaves)
        buffer_clear(&world.clients[scenario->other->client].replies);
    for (size_t i = 0; i < WORLD_CLIENTS; i++)
        buffer_add(&ret_result->replies[i], buffer_span(&world.clients[i].replies));
    world_done(&world);
}

static void run_at_once(
    const struct scenario *scenario, bool other_is_first, struct result *ret_result)
{
    prepare(scenario, AT_ONCE);
    if (other_is_first)
        act(scenario->other);
    act(scenario->first);
    if (!other_is_first)
        act(scenario->other);
    finish(scenario, ret_result);
}

static size_t index_of(const char *words, char name)
{
    const char *found = strchr(words, name);

    return found == NULL ? NAMES : (size_t)(found - words) / 2;
}

/* Whether the other action happens before the long one if it is done now. */
static bool other_is_first(const struct scenario *scenario, enum stop stop)
{
    const struct unfinished *unfinished = world.clients[LONG_CLIENT].session.unfinished;
    enum operation operation = scenario->first->operation;

    if (scenario->turns == 0)
        return true;
    if (stop != STOP_TURN_OVER)
        return false;
    if (operation == OP_MULTI_GET || operation == OP_MULTI_SET)
        return !unfinished->has_moment;
    if (operation == OP_CHECK || operation == OP_WAIT)
        return index_of(scenario->first->words, scenario->other->words[0]) >=
               NAMES - (unfinished->left & ~UNFINISHED_ITEMS);
    return false;
}

/* Returns false if the long action takes fewer turns. */
static bool run_in_turns(
    const struct scenario *scenario, bool *ret_other_is_first, struct result *ret_result)
{
    enum stop stop = STOP_TURN_OVER;
    enum stop other_stop;
    size_t turn = 0;

    prepare(scenario, scenario->items_at_once);
    add_request(scenario->first);
    for (; turn < scenario->turns && stop == STOP_TURN_OVER; turn++)
        stop = turn == 0 ? world_feed(&world, LONG_CLIENT, &requests, scenario->steps)
                         : world_continue(&world, LONG_CLIENT, scenario->steps);
    *ret_other_is_first = other_is_first(scenario, stop);
    if (scenario->turns > 0) {
        other_stop = act(scenario->other);
        stop = continue_in_turns(LONG_CLIENT, stop, scenario->steps);
    } else {
        struct buffer first = requests;

        requests = (struct buffer){0};
        other_stop = act(scenario->other);
        stop = continue_in_turns(
            LONG_CLIENT, world_feed(&world, LONG_CLIENT, &first, scenario->steps),
            scenario->steps);
        buffer_free(&first);
    }
    assert_int_equal(stop, STOP_NEEDS_BYTES);
    if (other_stop == STOP_PENDING) {
        *ret_other_is_first = false;
        assert_int_equal(world_take_ready(&world), scenario->other->client);
        other_stop = continue_in_turns(scenario->other->client, STOP_TURN_OVER, 3);
    }
    assert_int_equal(other_stop, STOP_NEEDS_BYTES);
    assert_null(world.engine.line.first);
    finish(scenario, ret_result);
    return turn == scenario->turns;
}

static bool is_same(const struct buffer *a, const struct buffer *b)
{
    return span_equal(buffer_span(a), buffer_span(b));
}

static bool results_are_same(const struct result *a, const struct result *b)
{
    bool same = is_same(&a->values, &b->values);

    for (size_t i = 0; i < WORLD_CLIENTS; i++)
        same = same && is_same(&a->replies[i], &b->replies[i]);
    return same;
}

static void result_free(struct result *result)
{
    for (size_t i = 0; i < WORLD_CLIENTS; i++)
        buffer_free(&result->replies[i]);
    buffer_free(&result->values);
}

/* LIST_KEYS may list a key that is deleted before it ends. */
static bool is_either(const struct scenario *scenario)
{
    return scenario->first->operation == OP_LIST_KEYS &&
           scenario->other->operation == OP_DELETE_KEY;
}

static bool compare(const struct scenario *scenario)
{
    struct result in_turns = {0};
    struct result at_once[2] = {{.values = {0}}};
    bool other_first;
    bool took_turns = run_in_turns(scenario, &other_first, &in_turns);
    bool same;

    run_at_once(scenario, false, &at_once[false]);
    run_at_once(scenario, true, &at_once[true]);
    same = results_are_same(&in_turns, &at_once[other_first]) ||
           (is_either(scenario) && results_are_same(&in_turns, &at_once[!other_first]));
    if (!same)
        fail_msg(
            "operation %d of \"%s\", %ld steps a turn, operation %d of \"%s\" after %zu turns",
            (int)scenario->first->operation, scenario->first->words, scenario->steps,
            (int)scenario->other->operation, scenario->other->words, scenario->turns);
    result_free(&in_turns);
    result_free(&at_once[false]);
    result_free(&at_once[true]);
    return took_turns;
}

/* CHECK and WAIT may see one of two keys before the other action, and one after it. */
static bool has_one_moment(const struct scenario *scenario)
{
    bool looks =
        scenario->first->operation == OP_CHECK || scenario->first->operation == OP_WAIT;

    return !looks || scenario->other->operation != OP_MULTI_SET ||
           strcmp(scenario->other->words, "b 7 c 8") != 0;
}

static void compare_all(const struct action *first, size_t items_at_once)
{
    for (size_t i = 0; i < COUNT(other_actions); i++) {
        struct scenario scenario = {
            .first = first, .other = &other_actions[i], .items_at_once = items_at_once};

        if (!has_one_moment(&scenario))
            continue;
        for (scenario.steps = 1; scenario.steps <= NAMES + 2; scenario.steps++) {
            scenario.turns = 0;
            while (compare(&scenario))
                scenario.turns++;
            if (scenario.steps == 1)
                assert_true(scenario.turns > 2); /* the last of which is not reached */
        }
    }
}

static void other_requests_between_turns_find_every_long_request_done_or_not_begun(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(long_actions); i++) {
        compare_all(&long_actions[i], 1);
        compare_all(&long_actions[i], 2);
    }
    buffer_free(&requests);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            other_requests_between_turns_find_every_long_request_done_or_not_begun),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
