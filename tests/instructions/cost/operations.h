/* The requests that cost most for their bytes: one or more for each operation. */
#ifndef COST_OPERATIONS_H
#define COST_OPERATIONS_H

#include "scene.h"

struct operation {
    const char *name;
    size_t value;    /* bytes of each value that it brings; of COMPARE_SET: desired */
    size_t expected; /* bytes */
    int64_t number;
    enum wire_opcode opcode;
    bool cancels;    /* CANCEL_WAIT follows */
    bool ends_waits; /* of others: part of its cost is that of their requests */
};

extern const struct operation operations[];
extern const size_t operation_count;

/* The request, for the names of that kind. The caller frees it. */
struct span operation_encode(const struct operation *operation, const struct kind *kind);

#endif
