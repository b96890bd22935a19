/*
 * Bytes as people read and type them: characters that show as themselves do; the bytes of the
 * others, and those of no UTF-8, are \n, \r, \t or \xNN; a backslash is \\. Reading it back
 * gives the same bytes. Nothing that comes out moves a terminal's cursor, and no two texts look
 * equal, save for letters that resemble each other.
 */
#ifndef CLI_ESCAPE_H
#define CLI_ESCAPE_H

#include <stdarg.h>
#include <stdio.h>

#include "tcpstore-cli/bytes.h"

void escape_append(struct bytes *text, struct tcpstore_span bytes);

/* The same, but a space at either end, which would not show, is an escape, too. */
void escape_append_name(struct bytes *text, struct tcpstore_span bytes);

/* Whether they can be printed as they are, lines and tabs included. */
bool escape_is_needless(struct tcpstore_span bytes);

/* Prints a message, in which a backslash and a line's end stay what they are. */
__attribute__((format(printf, 2, 3))) void escape_print(FILE *out, const char *format, ...);
__attribute__((format(printf, 2, 0))) void escape_print_list(
    FILE *out, const char *format, va_list arguments);

/* Appends what `text` stands for. Returns -1 where a backslash begins no escape, and then
 * `bytes` holds what came before. */
TCPSTORE_MUST_USE
int escape_resolve(const char *text, struct bytes *bytes);

/* The byte of the escape behind a backslash, and the escape's size without it. Returns -1 where
 * there is none. */
TCPSTORE_MUST_USE
int escape_resolve_one(const char *escape, unsigned char *ret_byte, size_t *ret_size);

#endif
