#include "store/queues.h"

#include <tcpstore/error.h>

#include "support/allocator.h"
#include "support/test.h"

static const struct hash_key hash_key = {{1, 2, 3}};

static struct allocator allocator;
static struct memory memory;
static struct queues queues;

static int set_up(void **state)
{
    (void)state;
    allocator_init(&allocator, &memory);
    return queues_init(&queues, &memory, &hash_key);
}

static int tear_down(void **state)
{
    (void)state;
    queues_done(&queues);
    allocator_check_empty(&allocator, &memory);
    return 0;
}

static struct name named(const char *key)
{
    return name_of(&hash_key, text(key));
}

static void push(const char *name, const char *value)
{
    struct queue_push added;

    assert_int_equal(
        queues_prepare(&queues, named(name), &(struct slice){.span = text(value)}, &added), 0);
    queues_commit(&added);
}

static void assert_front(const char *name, size_t length, const char *value)
{
    struct slice front;

    assert_int_equal(queues_front(&queues, named(name), &front), length);
    assert_span_is(front.span, value);
}

static void entries_leave_in_the_order_of_pushing(void **state)
{
    (void)state;
    push("q", "1");
    push("q", "");
    assert_front("q", 2, "1");
    queues_drop(&queues, named("q"));
    push("q", "3");
    assert_front("q", 2, "");
    queues_drop(&queues, named("q"));
    assert_front("q", 1, "3");
    queues_drop(&queues, named("q"));
    assert_int_equal(queues_length(&queues, named("q")), 0);
}

static void queues_of_other_names_are_kept_apart(void **state)
{
    (void)state;
    push("a", "1");
    push("b", "2");
    assert_front("a", 1, "1");
    assert_front("b", 1, "2");
    assert_int_equal(queues_length(&queues, named("c")), 0);
}

static void an_empty_queue_has_no_front(void **state)
{
    struct slice untouched = {.span = text("untouched")};

    (void)state;
    assert_int_equal(queues_front(&queues, named("q"), &untouched), 0);
    assert_span_is(untouched.span, "untouched");
}

static void a_drained_queue_takes_no_memory(void **state)
{
    size_t before = memory.used;

    (void)state;
    push("q", "entry");
    queues_drop(&queues, named("q"));
    assert_int_equal(memory.used, before);
}

static void a_push_that_is_refused_memory_leaves_no_trace(void **state)
{
    size_t before = memory.used;
    struct queue_push added;

    (void)state;
    for (size_t refused = 1; refused <= 3; refused++) {
        allocator_refuse(&allocator, refused);
        assert_int_equal(
            queues_prepare(&queues, named("q"), &(struct slice){.span = text("e")}, &added),
            TCPSTORE_ENOMEM);
        assert_int_equal(memory.used, before);
    }
    push("q", "e");
}

static void a_push_that_is_discarded_leaves_no_trace(void **state)
{
    const struct slice value = {.span = text("e")};
    size_t before = memory.used;
    struct queue_push added;

    (void)state;
    assert_int_equal(queues_prepare(&queues, named("q"), &value, &added), 0);
    queues_discard(&queues, named("q"), &added);
    assert_int_equal(memory.used, before);
    push("q", "1");
    assert_int_equal(queues_prepare(&queues, named("q"), &value, &added), 0);
    queues_discard(&queues, named("q"), &added);
    assert_front("q", 1, "1");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(entries_leave_in_the_order_of_pushing),
        TEST(queues_of_other_names_are_kept_apart),
        TEST(an_empty_queue_has_no_front),
        TEST(a_drained_queue_takes_no_memory),
        TEST(a_push_that_is_refused_memory_leaves_no_trace),
        TEST(a_push_that_is_discarded_leaves_no_trace),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
