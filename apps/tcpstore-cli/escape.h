/*
 * Bytes as users read and type them. Visible characters are printed as they are; the bytes of
 * all others, and bytes that are not UTF-8, are written \n, \r, \t or \xNN; a backslash is \\.
 * Reading an escaped text back gives the same bytes. Escaped text cannot move a terminal's
 * cursor, and two different texts look different, except for letters that resemble each other.
 *
 * Visible are letters, marks on letters, digits, punctuation and symbols of Unicode, and the
 * space. Not visible are control characters; characters that show nothing or look like a space;
 * characters that change the look or the order of their neighbours; and characters without an
 * agreed look, such as private use.
 *
 * libunistring knows these properties. Our own table would need the category of every
 * character, because of marks and unassigned characters, and would have to follow Unicode. The
 * C library's iswprint depends on the locale and accepts most of the characters that are not
 * visible here.
 */
#ifndef CLI_ESCAPE_H
#define CLI_ESCAPE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "tcpstore-cli/bytes.h"

struct character {
    size_t size;   /* in bytes; 1 for a byte that is not UTF-8 */
    uint32_t code; /* of Unicode; 0 for a byte that is not UTF-8 */
    bool visible;
    bool base; /* a mark that follows is drawn on this character */
};

/* The first character of `bytes`, of which there is at least one. `after_base`: the character
 * before it is a base; a mark is visible only then. */
struct character character_first(const void *bytes, size_t left, bool after_base);

/* Appends the escaped form of `bytes`. */
void escape_append(struct bytes *text, struct tcpstore_span bytes);

/* Appends a text that may already have escapes: its backslashes stay as they are. */
void escape_append_printed(struct bytes *text, const char *printed);

/* For keys: also escapes a space at either end, which would not be seen. */
void escape_append_key(struct bytes *text, struct tcpstore_span bytes);

/* Appends a piece of JSON text with \uNNNN for each character that is not visible. Pieces are
 * cut between characters. `base` is false for the first piece and kept between pieces. */
void escape_append_json(struct bytes *text, struct tcpstore_span json, bool *base);

/* Whether the bytes can be printed unchanged, newlines and tabs included. */
bool escape_is_needless(struct tcpstore_span bytes);

/* Prints a message. Backslashes and newlines in it stay as they are. */
__attribute__((format(printf, 2, 3))) void escape_print(FILE *out, const char *format, ...);
__attribute__((format(printf, 2, 0))) void escape_print_list(
    FILE *out, const char *format, va_list arguments);

/* Appends the bytes that an escaped text stands for. Returns -1 if a backslash does not begin
 * an escape; `bytes` then holds what precedes it. */
TCPSTORE_MUST_USE
int escape_resolve(const char *text, struct bytes *bytes);

/* Reads the escape after a backslash. Returns its byte and its size without the backslash, or
 * -1 if it is not an escape. */
TCPSTORE_MUST_USE
int escape_resolve_one(const char *escape, unsigned char *ret_byte, size_t *ret_size);

#endif
