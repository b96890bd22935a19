/* JSON of what the server knows, by jansson. Functions that return a new json_t return NULL,
 * and accept NULL, if memory is refused: the value lacks something then, and json_write
 * refuses it. Thread-safe. */
#ifndef OBSERVE_JSON_H
#define OBSERVE_JSON_H

#include <jansson.h>

#include "base/span.h"

/* `bytes` as text, from malloc: printable ASCII as it is, a backslash as "\\", other bytes as
 * "\xff".
 */
char *json_show(struct span bytes);

/* That as a new string. */
json_t *json_bytes(struct span bytes);

/* The same, or null if there are none. */
json_t *json_bytes_or_null(struct span bytes);

/* Null if the number is below `least`: there is none. */
json_t *json_number_or_null(int64_t number, int64_t least);

/* Seconds with a precision of a millisecond. */
json_t *json_seconds(int64_t ms);

/* Adds an item to `array`, and takes it over. */
void json_append(json_t *array, json_t *item);

/* Sets a member of `object`, and takes over `value`. */
void json_set(json_t *object, const char *name, json_t *value);
void json_set_number(json_t *object, const char *name, uint64_t value);
void json_set_text(json_t *object, const char *name, const char *value);
void json_set_flag(json_t *object, const char *name, bool value);

/* As a text that ends with a newline, from malloc. NULL: memory was refused for it, or for
 * something that this thread has added since the last call. */
char *json_write(const json_t *object, size_t *ret_len);

#endif
