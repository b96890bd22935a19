/* Which entries of a record are printed. */
#ifndef CLI_RECORD_SELECTION_H
#define CLI_RECORD_SELECTION_H

#include "tcpstore-cli/trace_entry.h"

struct record_selection {
    const struct operation *operation;
    bool of_keys; /* only requests with a key that matches */
    struct glob glob;
};

/* Selects by --client, --prefix and a GLOB for the first key; NULL: none. Reports a GLOB that
 * is wrong; then record_selection_done is not needed. */
TCPSTORE_MUST_USE
enum status record_selection_init(
    const struct operation *operation, const char *glob,
    struct record_selection *ret_selection);

bool record_selection_has(
    const struct record_selection *selection, const struct record_entry *entry);

void record_selection_done(struct record_selection *selection);

#endif
