/* One entry of a record, as a line of text or of JSON. */
#ifndef CLI_TRACE_ENTRY_H
#define CLI_TRACE_ENTRY_H

#include "record/reader.h"
#include "tcpstore-cli/operation.h"

/* What the first bytes of a request show. */
struct trace_request {
    const char *operation;    /* its name; NULL: the entry is no request */
    struct tcpstore_span key; /* the first; its end may be missing */
    bool has_key;
    uint64_t key_len;
    uint64_t keys;        /* in all */
    uint64_t value_bytes; /* of all values, if `has_values` */
    bool has_values;      /* and their sizes are known */
    int64_t number;       /* of an ADD or BARRIER, if `has_number` */
    bool has_number;
};

struct trace_request trace_request_of(const struct record_entry *entry);

void trace_entry_print(const struct operation *operation, const struct record_entry *entry);

#endif
