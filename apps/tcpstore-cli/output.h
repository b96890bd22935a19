/* What commands print on stdout, as text or, with --json, as one object a line. */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <stdio.h>

#include "tcpstore-cli/operation.h"

/* As it is shown and can be typed, without a new line. */
void output_key(FILE *out, const struct operation *operation, struct tcpstore_span key);

void output_value(
    const struct operation *operation, struct tcpstore_span key, struct tcpstore_span value);

/* `field` is what JSON calls the number. */
void output_number(
    const struct operation *operation, struct tcpstore_span key, const char *field,
    int64_t number);

/* Or says on stderr that stdout has not taken all that was printed. */
enum status output_flush(void);

#endif
