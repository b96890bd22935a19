/* Prints the record of a server's last operations. */
#ifndef CLI_TRACE_H
#define CLI_TRACE_H

#include "tcpstore-cli/operation.h"

/* Prints the entries of a record that --client, --key, --prefix and --limit select. `name` is
 * where it is from, for reports. */
enum status trace_print(
    const struct operation *operation, const char *name, struct tcpstore_span record);

#endif
