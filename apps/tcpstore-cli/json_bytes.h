/*
 * Bytes in JSON: a string if they are valid UTF-8, otherwise {"base64": "…"}. And keys: "key"
 * for a user's, "raw_key" for one of the wire.
 */
#ifndef CLI_JSON_BYTES_H
#define CLI_JSON_BYTES_H

#include <jansson.h>

#include "tcpstore-cli/bytes.h"
#include "tcpstore-cli/naming.h"

/* An object that has only the key. */
json_t *json_bytes_new(const struct naming *naming, struct tcpstore_span wire_key);

/* Takes over `value`. */
void json_bytes_set(json_t *object, const char *field, json_t *value);

json_t *json_bytes_of(struct tcpstore_span bytes);

/* Appends what the value stands for; NULL is none. Returns -1 if it stands for no bytes. */
TCPSTORE_MUST_USE
int json_bytes_resolve(const json_t *value, struct bytes *bytes);

/* Appends the wire's key of an object. Returns -1 unless it has one. */
TCPSTORE_MUST_USE
int json_bytes_key(const json_t *object, const struct naming *naming, struct bytes *wire_key);

/* A line on stdout, in which characters that do not show have JSON's escapes; frees the object.
 */
void json_bytes_print(json_t *object);

#endif
