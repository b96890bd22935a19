#include "tcpstore-cli/table.h"

#include <assert.h>
#include <stdlib.h>
#include <unistr.h>
#include <uniwidth.h>

#include "tcpstore-cli/units.h"

enum { GAP = 2 };

void table_init(struct table *ret_table, const struct column *columns, size_t count)
{
    *ret_table = (struct table){.columns = columns, .column_count = count};
}

void table_add_number(struct table *table, double number, const char *text)
{
    char *copy = strdup(text != NULL ? text : "");

    if (copy == NULL)
        memory_exhausted();
    if (table->cell_count == table->capacity) {
        table->capacity = memory_grown(table->capacity, table->cell_count + 1);
        table->cells = memory_resize(table->cells, table->capacity, sizeof(*table->cells));
    }
    table->cells[table->cell_count++] = (struct cell){.text = copy, .number = number};
}

void table_add_text(struct table *table, const char *text)
{
    table_add_number(table, 0, text);
}

void table_add_count(struct table *table, double count)
{
    char text[UNITS_SIZE];

    units_count(count, text);
    table_add_number(table, count, text);
}

void table_add_seconds(struct table *table, double seconds)
{
    char text[UNITS_SIZE];

    units_seconds(seconds, text);
    table_add_number(table, seconds, text);
}

void table_add_bytes(struct table *table, double bytes)
{
    char text[UNITS_SIZE];

    units_bytes(bytes, text);
    table_add_number(table, bytes, text);
}

size_t table_rows(const struct table *table)
{
    assert(table->column_count > 0);
    return table->cell_count / table->column_count;
}

const struct cell *table_cell(const struct table *table, size_t row, size_t column)
{
    return &table->cells[row * table->column_count + column];
}

struct order {
    const struct table *table;
    size_t column;
    bool reversed;
};

static int compare_cells(
    const struct cell *one, const struct cell *other, enum column_kind kind)
{
    if (kind == COLUMN_NUMBER || kind == COLUMN_STATE)
        return (one->number < other->number) - (one->number > other->number);
    return strverscmp(one->text, other->text);
}

static int compare(const void *left, const void *right, void *context)
{
    const struct order *order = context;
    size_t one = *(const size_t *)left;
    size_t other = *(const size_t *)right;
    int result = compare_cells(
        table_cell(order->table, one, order->column),
        table_cell(order->table, other, order->column),
        order->table->columns[order->column].kind);

    if (result == 0)
        return one < other ? -1 : one > other;
    return order->reversed ? -result : result;
}

void table_sort(struct table *table, size_t column, bool reversed)
{
    const struct order order = {.table = table, .column = column, .reversed = reversed};
    size_t rows = table_rows(table);
    size_t width = table->column_count;
    size_t *sorted;
    struct cell *cells;

    if (rows == 0)
        return;
    sorted = memory_resize(NULL, rows, sizeof(*sorted));
    for (size_t i = 0; i < rows; i++)
        sorted[i] = i;
    qsort_r(sorted, rows, sizeof(*sorted), compare, (void *)&order);
    cells = memory_resize(NULL, table->cell_count, sizeof(*cells));
    for (size_t i = 0; i < rows; i++)
        memcpy(cells + i * width, table->cells + sorted[i] * width, width * sizeof(*cells));
    free(sorted);
    free(table->cells);
    table->cells = cells;
    table->capacity = table->cell_count;
}

static bool row_matches(const struct table *table, size_t row, const struct glob *glob)
{
    for (size_t column = 0; column < table->column_count; column++) {
        if (glob_matches(glob, table_cell(table, row, column)->text))
            return true;
    }
    return false;
}

void table_filter(struct table *table, const struct glob *glob)
{
    size_t width = table->column_count;
    size_t rows = table_rows(table);
    size_t kept = 0;

    for (size_t row = 0; row < rows; row++) {
        struct cell *cells = table->cells + row * width;

        if (row_matches(table, row, glob)) {
            memmove(table->cells + kept++ * width, cells, width * sizeof(*cells));
            continue;
        }
        for (size_t column = 0; column < width; column++)
            free(cells[column].text);
    }
    table->cell_count = kept * width;
}

size_t table_text_width(const char *text)
{
    return (size_t)u8_width((const uint8_t *)text, strlen(text), "UTF-8");
}

static size_t width_of_character(ucs4_t code)
{
    int width = uc_width(code, "UTF-8");

    return width > 0 ? (size_t)width : 0;
}

/* How many bytes of the text fit. */
static size_t head_of(const char *text, size_t width)
{
    const uint8_t *at = (const uint8_t *)text;
    const uint8_t *next;
    size_t used = 0;
    ucs4_t code;

    while ((next = u8_next(&code, at)) != NULL) {
        used += width_of_character(code);
        if (used > width)
            break;
        at = next;
    }
    return (size_t)(at - (const uint8_t *)text);
}

/* The end of the text that fits, without marks of a character before it. */
static const char *tail_of(const char *text, size_t width)
{
    size_t surplus = table_text_width(text) - width;
    const uint8_t *at = (const uint8_t *)text;
    const uint8_t *next;
    size_t dropped = 0;
    ucs4_t code;

    while ((next = u8_next(&code, at)) != NULL &&
           (dropped < surplus || width_of_character(code) == 0)) {
        dropped += width_of_character(code);
        at = next;
    }
    return (const char *)at;
}

void table_append_cut(struct bytes *cut, const char *text, size_t width)
{
    size_t head = width / 3;

    if (table_text_width(text) <= width) {
        bytes_append_text(cut, text);
        return;
    }
    if (width == 0) {
        bytes_append_text(cut, "");
        return;
    }
    bytes_append(cut, text, head_of(text, head));
    bytes_append_text(cut, "…");
    bytes_append_text(cut, tail_of(text, width - head - 1));
}

size_t table_width(const struct table *table, size_t column)
{
    size_t widest = table_text_width(table->columns[column].name);

    for (size_t row = 0; row < table_rows(table); row++) {
        size_t width = table_text_width(table_cell(table, row, column)->text);

        if (width > widest)
            widest = width;
    }
    return widest;
}

static void print_text(
    const struct table *table, FILE *out, size_t column, size_t width, const char *text)
{
    bool is_last = column + 1 == table->column_count;
    int padding = (int)(width - table_text_width(text));

    if (table->columns[column].kind == COLUMN_NUMBER)
        fprintf(out, "%*s%s", padding, "", text);
    else
        fprintf(out, "%s%*s", text, is_last ? 0 : padding, "");
    fprintf(out, "%*s", is_last ? 0 : GAP, "");
}

void table_print(const struct table *table, FILE *out)
{
    size_t *widths = memory_resize(NULL, table->column_count, sizeof(*widths));

    for (size_t column = 0; column < table->column_count; column++) {
        widths[column] = table_width(table, column);
        print_text(table, out, column, widths[column], table->columns[column].name);
    }
    fputc('\n', out);
    for (size_t row = 0; row < table_rows(table); row++) {
        for (size_t column = 0; column < table->column_count; column++)
            print_text(
                table, out, column, widths[column], table_cell(table, row, column)->text);
        fputc('\n', out);
    }
    free(widths);
}

void table_done(struct table *table)
{
    for (size_t i = 0; i < table->cell_count; i++)
        free(table->cells[i].text);
    free(table->cells);
}
