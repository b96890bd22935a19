/* What a screen shows: texts with a place and a style. */
#ifndef CLI_SHEET_H
#define CLI_SHEET_H

#include "tcpstore-cli/bytes.h"

enum sheet_style {
    SHEET_PLAIN,
    SHEET_DIM,
    SHEET_BOLD,
    SHEET_REVERSE,
    SHEET_GOOD,
    SHEET_UNSURE,
    SHEET_BAD,
    SHEET_BAD_TEXT,
    SHEET_UNSURE_TEXT,
};

struct piece {
    size_t line;
    size_t column;
    enum sheet_style style;
    char *text; /* printable; fits in the line */
};

struct sheet {
    size_t lines;
    size_t columns;
    struct piece *pieces;
    size_t count;
    size_t capacity;
};

/* Cuts what does not fit, and drops lines below the last one. Returns the column after it. */
size_t sheet_put(
    struct sheet *sheet, size_t line, size_t column, enum sheet_style style, const char *text);

void sheet_done(struct sheet *sheet);

#endif
