/* Where `top` shows what: from the model to a sheet for a screen of a given size. */
#ifndef CLI_TOP_LAYOUT_H
#define CLI_TOP_LAYOUT_H

#include "tcpstore-cli/sheet.h"
#include "tcpstore-cli/top_model.h"

enum {
    TOP_LINES_MIN = 10,
    TOP_COLUMNS_MIN = 40,
};

/* Fills the sheet, which has a size and is empty, and sets `page_rows`. */
void top_lay_out(
    struct top_model *model, const char *server, uint64_t now_ns, struct sheet *sheet);

#endif
