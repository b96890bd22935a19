#include "tcpstore-cli/sheet.h"

#include <stdlib.h>

#include "tcpstore-cli/table.h"

size_t sheet_put(
    struct sheet *sheet, size_t line, size_t column, enum sheet_style style, const char *text)
{
    struct bytes cut = {0};

    if (line >= sheet->lines || column >= sheet->columns)
        return column;
    table_append_cut(&cut, text, sheet->columns - column);
    if (sheet->count == sheet->capacity) {
        sheet->capacity = memory_grown(sheet->capacity, sheet->count + 1);
        sheet->pieces = memory_resize(sheet->pieces, sheet->capacity, sizeof(*sheet->pieces));
    }
    sheet->pieces[sheet->count++] =
        (struct piece){.line = line, .column = column, .style = style, .text = cut.data};
    return column + table_text_width(cut.data);
}

void sheet_done(struct sheet *sheet)
{
    for (size_t i = 0; i < sheet->count; i++)
        free(sheet->pieces[i].text);
    free(sheet->pieces);
}
