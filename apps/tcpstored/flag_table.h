/* Every flag of the daemon. A new one is a row in flag_table.c. */
#ifndef TCPSTORED_FLAG_TABLE_H
#define TCPSTORED_FLAG_TABLE_H

#include "common/flags.h"
#include "tcpstored/options.h"

#define DEFAULT_PORT 29500

struct flag_table {
    struct flag flags[FLAGS_MAX];
    size_t count;
};

/* Values will go to `options`. */
void flag_table_fill(struct options *options, struct flag_table *ret_table);

#endif
