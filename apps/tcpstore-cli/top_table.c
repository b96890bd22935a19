#include "tcpstore-cli/top_table.h"

#include <stdlib.h>

enum {
    GAP = 2,
    SHRUNK_MIN = 14, /* columns that a cut text has */
};

struct fitting {
    size_t *columns; /* of the table, that are shown */
    size_t *widths;
    size_t count;
};

static bool is_empty(const struct table *table, size_t column)
{
    for (size_t row = 0; row < table_rows(table); row++) {
        if (table_cell(table, row, column)->text[0] != '\0')
            return false;
    }
    return table_rows(table) > 0;
}

static size_t least_width(const struct table *table, size_t column, size_t width)
{
    return table->columns[column].kind == COLUMN_LONG && width > SHRUNK_MIN ? SHRUNK_MIN
                                                                            : width;
}

/* Takes columns while the least widths of all fit, without those that are empty. */
static size_t take_columns(const struct table *table, size_t room, struct fitting *ret_fitting)
{
    size_t used = 0;
    size_t count = 0;

    for (size_t column = 0; column < table->column_count; column++) {
        size_t width = table_width(table, column);
        size_t least = least_width(table, column, width);

        if (is_empty(table, column))
            continue;
        if (count > 0 && used + GAP + least > room)
            break;
        used += least + (count > 0 ? GAP : 0);
        ret_fitting->columns[count] = column;
        ret_fitting->widths[count++] = width;
    }
    ret_fitting->count = count;
    return used;
}

/* Columns that shrink share what the others leave, the first ones first. */
static void share_room(const struct table *table, size_t used, size_t room, struct fitting *fit)
{
    size_t left = room > used ? room - used : 0;

    for (size_t i = 0; i < fit->count; i++) {
        size_t least = least_width(table, fit->columns[i], fit->widths[i]);
        size_t wanted = fit->widths[i] - least;
        size_t more = wanted < left ? wanted : left;

        fit->widths[i] = least + more;
        left -= more;
    }
}

static void put_cell(
    struct sheet *sheet, size_t line, size_t column, size_t width, enum column_kind kind,
    enum sheet_style style, const char *text)
{
    struct bytes cut = {0};

    table_append_cut(&cut, text, width);
    sheet_put(
        sheet, line,
        kind != COLUMN_NUMBER ? column : column + width - table_text_width(cut.data), style,
        cut.data);
    bytes_done(&cut);
}

/* Only hosts have a state. */
static enum sheet_style style_of(const struct table *table, size_t row)
{
    const char *state;

    if (table->columns != listings[LISTING_HOSTS].columns)
        return SHEET_PLAIN;
    state = table_cell(table, row, LISTING_HOST_STATE)->text;
    if (strcmp(state, "missing") == 0)
        return SHEET_BAD_TEXT;
    return strcmp(state, "silent") == 0 ? SHEET_UNSURE_TEXT : SHEET_PLAIN;
}

static void put_headings(
    const struct table *table, const struct fitting *fit, size_t sorted_by, struct sheet *sheet,
    size_t line)
{
    size_t column = 0;

    for (size_t i = 0; i < fit->count; i++) {
        const struct column *of = &table->columns[fit->columns[i]];

        put_cell(
            sheet, line, column, fit->widths[i], of->kind,
            fit->columns[i] == sorted_by ? SHEET_REVERSE : SHEET_BOLD, of->name);
        column += fit->widths[i] + GAP;
    }
}

static void put_row(
    const struct table *table, const struct fitting *fit, size_t row, struct sheet *sheet,
    size_t line)
{
    size_t column = 0;

    for (size_t i = 0; i < fit->count; i++) {
        size_t of = fit->columns[i];

        put_cell(
            sheet, line, column, fit->widths[i], table->columns[of].kind, style_of(table, row),
            table_cell(table, row, of)->text);
        column += fit->widths[i] + GAP;
    }
}

void top_put_table(struct top_model *model, struct sheet *sheet, size_t line, size_t end)
{
    const struct table *table = &model->table;
    struct fitting fit = {
        .columns = memory_resize(NULL, table->column_count, sizeof(size_t)),
        .widths = memory_resize(NULL, table->column_count, sizeof(size_t)),
    };
    size_t used = take_columns(table, sheet->columns, &fit);

    share_room(table, used, sheet->columns, &fit);
    put_headings(table, &fit, model->orders[model->view].column, sheet, line++);
    model->page_rows = end > line ? end - line : 0;
    if (table_rows(table) == 0)
        sheet_put(
            sheet, line, 0, SHEET_DIM,
            model->pages == NULL     ? "asking the server"
            : model->filter.size > 0 ? "no row has the text of the filter"
                                     : "none");
    for (size_t row = model->first_row; row < table_rows(table) && line < end; row++)
        put_row(table, &fit, row, sheet, line++);
    free(fit.columns);
    free(fit.widths);
}
