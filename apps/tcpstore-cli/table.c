#include "tcpstore-cli/table.h"

#include <stdlib.h>
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

static int compare(const void *left, const void *right, void *context)
{
    const struct order *order = context;
    size_t one = *(const size_t *)left;
    size_t other = *(const size_t *)right;
    const struct cell *a = table_cell(order->table, one, order->column);
    const struct cell *b = table_cell(order->table, other, order->column);
    int result = order->table->columns[order->column].is_text
                     ? strverscmp(a->text, b->text)
                     : (a->number < b->number) - (a->number > b->number);

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

static size_t width_of(const char *text)
{
    return (size_t)u8_width((const uint8_t *)text, strlen(text), "UTF-8");
}

size_t table_width(const struct table *table, size_t column)
{
    size_t widest = width_of(table->columns[column].name);

    for (size_t row = 0; row < table_rows(table); row++) {
        size_t width = width_of(table_cell(table, row, column)->text);

        if (width > widest)
            widest = width;
    }
    return widest;
}

static void print_text(
    const struct table *table, FILE *out, size_t column, size_t width, const char *text)
{
    bool is_last = column + 1 == table->column_count;
    int padding = (int)(width - width_of(text));

    if (!table->columns[column].is_text)
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
