#include "tcpstore-cli/columns.h"

#include <uniwidth.h>

enum { GAP = 2 };

/* In columns of the terminal. */
static size_t width_of(struct tcpstore_span name)
{
    return (size_t)u8_width(name.bytes, name.size, "UTF-8");
}

static size_t widest(const struct key_list *names, size_t count)
{
    size_t most = 0;

    for (size_t i = 0; i < count; i++) {
        size_t width = width_of(names->spans[i]);

        if (width > most)
            most = width;
    }
    return most;
}

static void print_row(
    FILE *out, const struct key_list *names, size_t first, size_t step, size_t count,
    size_t column)
{
    for (size_t i = first; i < count; i += step) {
        struct tcpstore_span name = names->spans[i];

        fwrite(name.bytes, 1, name.size, out);
        if (i + step < count)
            fprintf(out, "%*s", (int)(column - width_of(name)), "");
    }
    fputc('\n', out);
}

void columns_print(FILE *out, const struct key_list *names, size_t most, size_t width)
{
    size_t count = names->count < most ? names->count : most;
    size_t column = widest(names, count) + GAP;
    size_t across = (width + GAP) / column;
    size_t rows;

    if (across == 0)
        across = 1;
    rows = (count + across - 1) / across;
    for (size_t row = 0; row < rows; row++)
        print_row(out, names, row, rows, count, column);
    if (names->count > count)
        fprintf(out, "and %zu more\n", names->count - count);
}
