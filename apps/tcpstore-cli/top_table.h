/* The table of `top`: as many columns and rows as there is room for. */
#ifndef CLI_TOP_TABLE_H
#define CLI_TOP_TABLE_H

#include "tcpstore-cli/sheet.h"
#include "tcpstore-cli/top_model.h"

/* Puts the headings in `line` and the rows below, up to the line before `end`, and sets
 * `page_rows`. */
void top_put_table(struct top_model *model, struct sheet *sheet, size_t line, size_t end);

#endif
