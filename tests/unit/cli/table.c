/* Tables: order, filter and cut texts. */
#include "support/test.h"

#include "tcpstore-cli/table.h"

static const struct column columns[] = {
    {"KEY", COLUMN_LONG},
    {"BYTES", COLUMN_NUMBER},
};

static struct table make(void)
{
    struct table table;

    table_init(&table, columns, 2);
    table_add_text(&table, "rank_10");
    table_add_count(&table, 5);
    table_add_text(&table, "rank_2");
    table_add_count(&table, 7000);
    table_add_text(&table, "go");
    table_add_count(&table, 5);
    return table;
}

static void assert_order(const struct table *table, const char *const expected[3])
{
    for (size_t row = 0; row < 3; row++)
        assert_string_equal(table_cell(table, row, 0)->text, expected[row]);
}

static void texts_are_ordered_by_the_numbers_in_them(void **state)
{
    struct table table = make();

    (void)state;
    table_sort(&table, 0, false);
    assert_order(&table, (const char *const[]){"go", "rank_2", "rank_10"});
    table_sort(&table, 0, true);
    assert_order(&table, (const char *const[]){"rank_10", "rank_2", "go"});
    table_done(&table);
}

static void larger_numbers_are_first_and_equal_ones_keep_their_order(void **state)
{
    struct table table = make();

    (void)state;
    table_sort(&table, 1, false);
    assert_order(&table, (const char *const[]){"rank_2", "rank_10", "go"});
    table_sort(&table, 1, true);
    assert_order(&table, (const char *const[]){"rank_10", "go", "rank_2"});
    table_done(&table);
}

static void a_filter_keeps_rows_with_a_cell_that_matches(void **state)
{
    struct table table = make();
    struct glob glob;

    (void)state;
    assert_int_equal(glob_init(&glob, "*7,00*"), 0);
    table_filter(&table, &glob);
    assert_int_equal(table_rows(&table), 1);
    assert_string_equal(table_cell(&table, 0, 0)->text, "rank_2");
    glob_done(&glob);
    table_sort(&table, 0, false);
    table_add_text(&table, "late");
    table_add_count(&table, 1);
    assert_int_equal(table_rows(&table), 2);
    table_done(&table);
}

static void a_column_is_as_wide_as_its_widest_text_or_name(void **state)
{
    struct table table = make();

    (void)state;
    assert_int_equal(table_width(&table, 0), 7);
    assert_int_equal(table_width(&table, 1), 5);
    table_add_text(&table, "日本語日本");
    table_add_count(&table, 0);
    assert_int_equal(table_width(&table, 0), 10);
    table_done(&table);
}

static void a_long_text_is_cut_in_the_middle_and_its_end_is_longer(void **state)
{
    static const struct {
        const char *whole;
        size_t width;
        const char *cut;
    } cases[] = {
        {"short", 5, "short"},
        {"job-1/default_pg/0//cpu//0/3", 14, "job-…/cpu//0/3"},
        {"abcdef", 1, "…"},
        {"abcdef", 0, ""},
        {"日本語日本語", 7, "日…本語"},
        {"abcde\xcc\x81"
         "fgh",
         6, "ab…fgh"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct bytes cut = {0};

        table_append_cut(&cut, cases[i].whole, cases[i].width);
        assert_string_equal(cut.data, cases[i].cut);
        bytes_done(&cut);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_ordered_by_the_numbers_in_them),
        cmocka_unit_test(larger_numbers_are_first_and_equal_ones_keep_their_order),
        cmocka_unit_test(a_filter_keeps_rows_with_a_cell_that_matches),
        cmocka_unit_test(a_column_is_as_wide_as_its_widest_text_or_name),
        cmocka_unit_test(a_long_text_is_cut_in_the_middle_and_its_end_is_longer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
