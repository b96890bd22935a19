/*
 * JSON objects with keys and values of the store. Bytes are a string if they are valid UTF-8,
 * otherwise {"base64": "…"}. A user's key has the field "key", a key on the wire "raw_key".
 */
#ifndef CLI_JSON_BYTES_H
#define CLI_JSON_BYTES_H

#include <jansson.h>

#include "tcpstore-cli/naming.h"

/* An object with one field: the key. */
json_t *json_bytes_new(const struct naming *naming, struct tcpstore_span wire_key);

json_t *json_bytes_of(struct tcpstore_span bytes);

/* Takes over `value`. */
void json_bytes_set(json_t *object, const char *field, json_t *value);

/* Appends the bytes of a value. Returns -1 if it is NULL or not the JSON form of bytes. */
TCPSTORE_MUST_USE
int json_bytes_resolve(const json_t *value, struct bytes *bytes);

/* Appends the key on the wire of an object. Returns -1 if the object has no key. */
TCPSTORE_MUST_USE
int json_bytes_key(const json_t *object, const struct naming *naming, struct bytes *wire_key);

/* Prints a line on stdout, with escapes for characters that are not visible, and frees the
 * object. */
void json_bytes_print(json_t *object);

#endif
