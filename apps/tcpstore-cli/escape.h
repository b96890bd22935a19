/*
 * Bytes as people read and type them: valid UTF-8 stands for itself; what would not show, or
 * would move the terminal's cursor, is \n, \r, \t or \xNN; a backslash is \\. Reading it back
 * gives the same bytes.
 */
#ifndef CLI_ESCAPE_H
#define CLI_ESCAPE_H

#include "tcpstore-cli/bytes.h"

void escape_append(struct bytes *text, struct tcpstore_span bytes);

/* Appends what `text` stands for. Returns -1 where a backslash begins no escape, and then
 * `bytes` holds what came before. */
TCPSTORE_MUST_USE
int escape_resolve(const char *text, struct bytes *bytes);

#endif
