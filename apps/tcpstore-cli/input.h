/*
 * What commands are given: keys from arguments, values from an argument, a file or standard
 * input.
 *
 * Happy path: open, read to the end. A file that cannot be read, and standard input that was
 * read already or holds the commands, are refused on stderr.
 */
#ifndef CLI_INPUT_H
#define CLI_INPUT_H

#include "tcpstore-cli/bytes.h"
#include "tcpstore-cli/operation.h"

/* All fail with STATUS_USAGE, said on stderr; what they append to may then hold part. */

/* Appends the wire's key for that argument. */
TCPSTORE_MUST_USE
enum status operation_key(const struct operation *operation, int index, struct bytes *key);

/* Adds the keys of all arguments from that one on, each `step`th. */
TCPSTORE_MUST_USE
enum status operation_keys(
    const struct operation *operation, int index, int step, struct key_list *keys);

/* Appends the value for that argument, or from --file if it is behind the last one. */
TCPSTORE_MUST_USE
enum status operation_value(const struct operation *operation, int index, struct bytes *value);

TCPSTORE_MUST_USE
enum status operation_number(const struct operation *operation, int index, int64_t *ret_number);

#endif
