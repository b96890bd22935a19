/* Untrusted bytes as printable ASCII, for quoted text. Thread-safe. */
#ifndef BASE_ESCAPE_H
#define BASE_ESCAPE_H

#include <stdint.h>

enum { ESCAPED_BYTE_MAX = 4 }; /* "\xff" */

/* Writes the byte as it is, or as \", \\ or \xNN, without a null byte. Returns the end. `text`
 * has room for ESCAPED_BYTE_MAX characters. */
char *escape_byte(char *text, uint8_t byte);

#endif
