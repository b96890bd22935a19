/* What this machine, and the container around the daemon, allow it to hold. */
#ifndef TCPSTORED_LIMITS_H
#define TCPSTORED_LIMITS_H

#include <stddef.h>

#include <tcpstore/server.h>

/* The library's default, or half of the memory that the process may use if that is less. */
size_t limits_default_memory(void);

/* Raises the descriptor limit as far as it goes and sets `clients` to what fits into it, and
 * into the memory that the default of --max-memory leaves; or to `asked` if that is not 0 and
 * there are descriptors for it. Keeps the heap within a control group's memory. Logs the limits
 * with what has set each, and what stands in the way of many clients. */
void limits_settle(size_t asked, struct tcpstore_limits *limits);

#endif
