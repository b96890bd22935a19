#include "server/histogram.h"

#include "support/test.h"

static void a_duration_is_counted_up_to_its_bound(void **state)
{
    struct histogram histogram = {.sum = 0};

    (void)state;
    histogram_add(&histogram, 0);
    histogram_add(&histogram, histogram_bounds[0]);
    histogram_add(&histogram, histogram_bounds[0] + 1);
    histogram_add(&histogram, histogram_bounds[HISTOGRAM_BOUNDS - 1] + 1);
    assert_int_equal(histogram.counts[0], 2);
    assert_int_equal(histogram.counts[1], 1);
    assert_int_equal(histogram.counts[HISTOGRAM_BOUNDS], 1);
    assert_int_equal(
        histogram.sum,
        2 * histogram_bounds[0] + 1 + histogram_bounds[HISTOGRAM_BOUNDS - 1] + 1);
}

static void bounds_ascend(void **state)
{
    (void)state;
    for (unsigned i = 1; i < HISTOGRAM_BOUNDS; i++)
        assert_true(histogram_bounds[i] > histogram_bounds[i - 1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_duration_is_counted_up_to_its_bound),
        cmocka_unit_test(bounds_ascend),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
