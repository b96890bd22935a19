#include "server/event_counts.h"

#include "support/test.h"

static void events_are_counted_by_reason(void **state)
{
    static const char event[] = "closed", other[] = "refused", reason[] = "full";
    struct event_counts counts = {.used = 0};

    (void)state;
    event_counts_add(&counts, event, NULL);
    event_counts_add(&counts, event, reason);
    event_counts_add(&counts, other, reason);
    event_counts_add(&counts, event, reason);
    assert_int_equal(counts.used, 3);
    assert_int_equal(counts.counts[0].count, 1);
    assert_int_equal(counts.counts[1].count, 2);
    assert_int_equal(counts.counts[2].count, 1);
    assert_ptr_equal(counts.counts[2].event, other);
    assert_ptr_equal(counts.counts[1].reason, reason);
}

static void a_full_table_counts_only_what_it_knows(void **state)
{
    static const char event[] = "event", reasons[EVENT_COUNTS_MAX + 1] = "";
    struct event_counts counts = {.used = 0};

    (void)state;
    for (int i = 0; i <= EVENT_COUNTS_MAX; i++)
        event_counts_add(&counts, event, &reasons[i]);
    event_counts_add(&counts, counts.counts[0].event, &reasons[0]);
    assert_int_equal(counts.used, EVENT_COUNTS_MAX);
    assert_int_equal(counts.counts[0].count, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_are_counted_by_reason),
        cmocka_unit_test(a_full_table_counts_only_what_it_knows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
