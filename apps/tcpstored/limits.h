/* What this machine allows the daemon to hold. */
#ifndef TCPSTORED_LIMITS_H
#define TCPSTORED_LIMITS_H

#include <stddef.h>

#include <tcpstore/server.h>

/* Half of the machine's memory, `most` at most. */
size_t limits_default_memory(size_t most);

/* Raises the descriptor limit as far as it goes and sets `clients` to what fits into it, or
 * to `asked` if that is less and not 0. Logs this, and what else stands in the way of many
 * clients. */
void limits_settle(size_t asked, struct tcpstore_limits *limits);

#endif
