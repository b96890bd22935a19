/* What commands print on stdout: text or, with --json, one object per line. */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <stdio.h>

#include <jansson.h>

#include "tcpstore-cli/operation.h"

/* Prints the key as it can be typed, without a newline. */
void output_key(FILE *out, const struct operation *operation, struct tcpstore_span key);

void output_value(
    const struct operation *operation, struct tcpstore_span key, struct tcpstore_span value);

/* `field` names the number in JSON. */
void output_number(
    const struct operation *operation, struct tcpstore_span key, const char *field,
    int64_t number);

/* Prints an object with the key and one more field. Takes over `value`. */
void output_json(
    const struct operation *operation, struct tcpstore_span key, const char *field,
    json_t *value);

/* Reports on stderr if part of the output could not be written. */
enum status output_flush(void);

#endif
