/* A table of text and numbers: rows that are sorted, filtered and measured. */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include <stdbool.h>
#include <stdio.h>

#include "tcpstore-cli/naming.h"

enum column_kind {
    COLUMN_NUMBER, /* aligned right; larger ones are first */
    COLUMN_STATE,  /* text; those with larger numbers are first */
    COLUMN_TEXT,   /* smaller ones are first */
    COLUMN_LONG,   /* text that is cut where room is short */
};

struct column {
    const char *name;
    enum column_kind kind;
};

struct cell {
    char *text; /* printable */
    double number;
};

struct table {
    const struct column *columns;
    size_t column_count;
    struct cell *cells; /* row by row */
    size_t cell_count;
    size_t capacity;
};

void table_init(struct table *ret_table, const struct column *columns, size_t count);

/* Each adds the next cell. Copies the text; NULL is an empty one. */
void table_add_text(struct table *table, const char *text);
void table_add_number(struct table *table, double number, const char *text);
void table_add_count(struct table *table, double count);
void table_add_seconds(struct table *table, double seconds);
void table_add_bytes(struct table *table, double bytes);

size_t table_rows(const struct table *table);
const struct cell *table_cell(const struct table *table, size_t row, size_t column);

/* Rows that are equal in this column keep their order. Numbers inside texts are compared by
 * their value: rank_2 is before rank_10. */
void table_sort(struct table *table, size_t column, bool reversed);

/* Removes the rows of which no cell matches. */
void table_filter(struct table *table, const struct glob *glob);

/* The columns of a terminal that a text takes. */
size_t table_text_width(const char *text);

/* Appends the text, and if it is wider than `width`, its begin and more of its end with … in
 * between: keys often differ at the end. */
void table_append_cut(struct bytes *cut, const char *text, size_t width);

/* The widest text of a column and its name, in columns of a terminal. */
size_t table_width(const struct table *table, size_t column);

/* Prints the names of the columns and all rows; the last column is not filled up. */
void table_print(const struct table *table, FILE *out);

void table_done(struct table *table);

#endif
