/* The pauses between attempts. */
#include "support/test.h"

#include "client/backoff.h"

static void assert_pauses(uint32_t random, const int32_t *expected, size_t count)
{
    struct backoff backoff = {0};

    for (size_t i = 0; i < count; i++)
        assert_int_equal(backoff_next(&backoff, random), expected[i]);
}

static void pauses_double_from_10_ms_to_half_a_second(void **state)
{
    const int32_t shortest[] = {10, 20, 40, 80, 160, 320, 500, 500};

    (void)state;
    assert_pauses(0, shortest, sizeof(shortest) / sizeof(shortest[0]));
}

static void jitter_at_most_doubles_a_pause(void **state)
{
    (void)state;
    for (uint32_t random = 0; random < 4000; random++) {
        struct backoff backoff = {0};
        int32_t least = 10;

        for (int i = 0; i < 10; i++) {
            int32_t pause = backoff_next(&backoff, random * 2654435761u);

            assert_in_range(pause, least, least * 2);
            least = least * 2 < 500 ? least * 2 : 500;
        }
    }
}

static void jitter_covers_the_whole_range(void **state)
{
    bool seen[21] = {false};

    (void)state;
    for (uint32_t random = 0; random < 11; random++) {
        struct backoff backoff = {0};

        seen[backoff_next(&backoff, random)] = true;
    }
    for (int pause = 10; pause <= 20; pause++)
        assert_true(seen[pause]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pauses_double_from_10_ms_to_half_a_second),
        cmocka_unit_test(jitter_at_most_doubles_a_pause),
        cmocka_unit_test(jitter_covers_the_whole_range),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
