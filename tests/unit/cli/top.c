/* The full screen without a terminal: keys and answers in, texts with places out. */
#include "support/test.h"

#include <stdlib.h>

#include "tcpstore-cli/top_layout.h"

enum { SECOND = 1000000000 };

static const struct naming naming = {.raw = false};

static json_t *parse(const char *json)
{
    json_t *object = json_loads(json, 0, NULL);

    assert_non_null(object);
    return object;
}

static const char hang[] =
    "{\"verdict\": \"hangs\", \"summary\": \"3 clients are connected; 2 wait\", \"stages\": [{"
    "\"name\": \"job: gloo\", \"text\": \"2 of 3 ranks have set an address\", \"culprits\": ["
    "{\"text\": \"rank 2 has left and has not set an address\"}], \"culprits_omitted\": 4}]}";

static const char hosts[] =
    "[{\"total\": 3, \"cursor\": null, \"hosts\": ["
    "{\"host\": \"10.0.0.1\", \"state\": \"waiting\", \"clients\": 8, \"ranks\": \"0-7\"},"
    "{\"host\": \"10.0.0.2\", \"state\": \"missing\", \"clients\": 7, \"missing\": \"9\"},"
    "{\"host\": \"10.0.0.10\", \"state\": \"running\", \"clients\": 800}]}]";

static const char keys[] =
    "[{\"total\": 2, \"cursor\": null, \"keys\": [{\"key\": \"/a\\\\x1b[2J\", \"bytes\": 5},"
    "{\"key\": \"init/\", \"bytes\": 7}]}]";

static struct top_model start(const char *pages)
{
    struct top_model model;

    top_init(&model, &naming);
    model.page_rows = 10;
    top_take_why(&model, parse(hang));
    top_take_pages(&model, parse(pages));
    return model;
}

static const char *cell(const struct top_model *model, size_t row, size_t column)
{
    return table_cell(&model->table, row, column)->text;
}

static void type(struct top_model *model, const char *characters)
{
    for (; *characters != '\0'; characters++)
        assert_int_equal(top_press(model, (unsigned char)*characters), TOP_REDRAW);
}

/* The text of a line, with spaces where nothing is. */
static char *line_of(struct top_model *model, size_t line, size_t lines, size_t columns)
{
    struct sheet sheet = {.lines = lines, .columns = columns};
    struct bytes shown = {0};

    top_lay_out(model, "head:29500", model->answered_ns, &sheet);
    bytes_append_text(&shown, "");
    for (size_t i = 0; i < sheet.count; i++) {
        const struct piece *piece = &sheet.pieces[i];

        assert_true(piece->line < lines);
        assert_true(piece->column + table_text_width(piece->text) <= columns);
        if (piece->line != line)
            continue;
        while (table_text_width(shown.data) < piece->column)
            bytes_append_byte(&shown, ' ');
        bytes_append_text(&shown, piece->text);
    }
    sheet_done(&sheet);
    return shown.data;
}

static void assert_line(
    struct top_model *model, size_t line, size_t lines, size_t columns, const char *expected)
{
    char *shown = line_of(model, line, lines, columns);

    assert_string_equal(shown, expected);
    free(shown);
}

static void hosts_that_miss_a_rank_are_first(void **state)
{
    struct top_model model = start(hosts);

    (void)state;
    assert_string_equal(cell(&model, 0, 0), "10.0.0.2");
    assert_string_equal(cell(&model, 1, 0), "10.0.0.1");
    assert_string_equal(cell(&model, 2, 0), "10.0.0.10");
    top_done(&model);
}

static void keys_change_the_column_and_the_order(void **state)
{
    struct top_model model = start(hosts);

    (void)state;
    type(&model, "<");
    assert_string_equal(cell(&model, 0, 0), "10.0.0.1");
    assert_string_equal(cell(&model, 2, 0), "10.0.0.10");
    type(&model, "r");
    assert_string_equal(cell(&model, 0, 0), "10.0.0.10");
    type(&model, "s>>");
    assert_string_equal(cell(&model, 0, 3), "800");
    type(&model, "<<<<");
    assert_int_equal(model.orders[LISTING_HOSTS].column, 9);
    top_done(&model);
}

static void another_view_asks_for_its_pages_and_keeps_its_order(void **state)
{
    struct top_model model = start(hosts);

    (void)state;
    type(&model, "r");
    assert_int_equal(top_press(&model, 'k'), TOP_FETCH);
    assert_int_equal(table_rows(&model.table), 0);
    top_take_pages(&model, parse(keys));
    assert_string_equal(cell(&model, 0, 1), "a\\x1b[2J");
    assert_string_equal(cell(&model, 1, 1), "raw:init/");
    assert_int_equal(top_press(&model, 'h'), TOP_FETCH);
    top_take_pages(&model, parse(hosts));
    assert_string_equal(cell(&model, 0, 0), "10.0.0.10");
    assert_int_equal(top_press(&model, 'w'), TOP_FETCH);
    assert_int_equal(top_press(&model, 'c'), TOP_FETCH);
    top_done(&model);
}

static void a_filter_applies_while_it_is_typed_and_to_later_answers(void **state)
{
    struct top_model model = start(hosts);

    (void)state;
    type(&model, "/0.1");
    assert_int_equal(table_rows(&model.table), 2);
    type(&model, "0q");
    assert_int_equal(table_rows(&model.table), 0);
    top_press(&model, TOP_ERASE);
    top_press(&model, TOP_ENTER);
    top_take_pages(&model, parse(hosts));
    assert_int_equal(table_rows(&model.table), 1);
    assert_string_equal(cell(&model, 0, 0), "10.0.0.10");
    type(&model, "/");
    top_press(&model, TOP_ESCAPE);
    assert_int_equal(table_rows(&model.table), 3);
    type(&model, "/.[12]*\\q");
    top_press(&model, TOP_ENTER);
    assert_int_equal(table_rows(&model.table), 3);
    assert_int_equal(top_press(&model, 'q'), TOP_QUIT);
    top_done(&model);
}

static void scrolling_stops_at_both_ends(void **state)
{
    struct top_model model = start(hosts);

    (void)state;
    model.page_rows = 2;
    top_press(&model, TOP_UP);
    assert_int_equal(model.first_row, 0);
    top_press(&model, TOP_DOWN);
    top_press(&model, TOP_PAGE_DOWN);
    top_press(&model, TOP_DOWN);
    assert_int_equal(model.first_row, 1);
    top_press(&model, TOP_HOME);
    top_press(&model, TOP_END);
    assert_int_equal(model.first_row, 1);
    type(&model, "/10.0.0.2");
    assert_int_equal(model.first_row, 0);
    top_done(&model);
}

static void the_first_lines_say_the_verdict_and_the_culprits(void **state)
{
    struct top_model model = start(hosts);

    (void)state;
    assert_line(
        &model, 0, 24, 60, " HANGS  3 clients are connected; 2 wait           head:29500");
    assert_line(&model, 2, 24, 60, "job: gloo: 2 of 3 ranks have set an address");
    assert_line(&model, 3, 24, 44, "  → rank 2 has left and has not set an");
    assert_line(&model, 4, 24, 44, "    address");
    assert_line(&model, 5, 24, 44, "    and 4 more: see 'tcpstore-cli why'");
    assert_line(&model, 3, 12, 44, "  → rank 2 has le…and has not set an address");
    top_done(&model);
}

static void rates_are_differences_per_second(void **state)
{
    static const char first[] =
        "{\"uptime_seconds\": 10, \"requests_total\": 100, \"received_bytes\": 0}";
    static const char second[] =
        "{\"uptime_seconds\": 12, \"requests_total\": 2100, \"received_bytes\": 4096}";
    struct top_model model = start(hosts);

    (void)state;
    top_take_stat(&model, parse(first));
    top_take_stat(&model, parse(second));
    assert_line(&model, 1, 24, 60, "1,000 requests/s   in 2.0 KiB/s   out 0 B/s");
    top_take_stat(&model, parse(first)); /* the server was restarted */
    assert_line(&model, 1, 24, 50, "0 requests/s   in 0 B/s   out 0 B/s");
    top_done(&model);
}

static void columns_that_do_not_fit_are_left_out_and_long_texts_are_cut(void **state)
{
    struct top_model model = start(hosts);

    (void)state;
    assert_line(&model, 7, 24, 80, "HOST       STATE    MISSING  CLIENTS  RANKS");
    assert_line(&model, 8, 24, 80, "10.0.0.2   missing  9              7  ");
    assert_line(&model, 8, 24, 41, "HOST       STATE    MISSING  CLIENTS");
    top_done(&model);
}

static void trouble_is_shown_with_its_duration(void **state)
{
    struct top_model model = start(hosts);
    struct sheet sheet = {.lines = 24, .columns = 80};
    const struct piece *last;

    (void)state;
    assert_line(&model, 23, 24, 60, "q quit   ? help   / filter   s < > sort   r reverse");
    model.answered_ns = 5ull * SECOND;
    top_lay_out(&model, "head", 12ull * SECOND, &sheet);
    last = &sheet.pieces[sheet.count - 1];
    assert_string_equal(last->text, " no answer for 7 s ");
    assert_int_equal(last->style, SHEET_BAD);
    sheet_done(&sheet);
    bytes_append_text(&model.trouble, "Connection \x1b[2J refused");
    assert_line(&model, 23, 24, 80, " no answer for 0.0 s: Connection \\x1b[2J refused ");
    top_done(&model);
}

static void every_size_is_laid_out_within_its_bounds(void **state)
{
    struct top_model model = start(hosts);

    (void)state;
    for (size_t lines = 1; lines < 30; lines++) {
        for (size_t columns = 1; columns < 100; columns += 3)
            free(line_of(&model, 0, lines, columns));
    }
    assert_line(&model, 0, 9, 60, "too small");
    assert_line(&model, 1, 3, 13, "needs 40 x 10");
    type(&model, "?");
    for (size_t lines = 1; lines < 30; lines++)
        free(line_of(&model, 0, lines, 44));
    top_done(&model);
}

static void answers_of_other_types_are_empty(void **state)
{
    static const char *const odd[] = {
        "{}", "[]", "[1]", "[{\"hosts\": 5}]", "[{\"hosts\": [1, null, {\"host\": 7}]}]",
    };
    struct top_model model = start(hosts);

    (void)state;
    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
        top_take_pages(&model, parse(odd[i]));
        top_take_why(&model, parse("{\"stages\": [7], \"verdict\": 3}"));
        top_take_stat(&model, parse("[]"));
        free(line_of(&model, 0, 24, 80));
    }
    top_done(&model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hosts_that_miss_a_rank_are_first),
        cmocka_unit_test(keys_change_the_column_and_the_order),
        cmocka_unit_test(another_view_asks_for_its_pages_and_keeps_its_order),
        cmocka_unit_test(a_filter_applies_while_it_is_typed_and_to_later_answers),
        cmocka_unit_test(scrolling_stops_at_both_ends),
        cmocka_unit_test(the_first_lines_say_the_verdict_and_the_culprits),
        cmocka_unit_test(rates_are_differences_per_second),
        cmocka_unit_test(columns_that_do_not_fit_are_left_out_and_long_texts_are_cut),
        cmocka_unit_test(trouble_is_shown_with_its_duration),
        cmocka_unit_test(every_size_is_laid_out_within_its_bounds),
        cmocka_unit_test(answers_of_other_types_are_empty),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
