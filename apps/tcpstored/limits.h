/* How much memory and how many clients the machine and the container allow. */
#ifndef TCPSTORED_LIMITS_H
#define TCPSTORED_LIMITS_H

#include <stddef.h>

#include <tcpstore/server.h>

/* In bytes: the library's default, or half of the memory that the process can use if that is
 * less. */
size_t limits_default_memory(void);

/* Raises the descriptor limit to the hard limit. Sets `limits->clients` to `requested`; if that
 * is 0, lowers it to what the control group's memory allows. Either is also limited by the
 * number of descriptors. Lowers `limits->memory_bytes` to what the control group can hold. Logs
 * every limit with its cause, and warns of low ones. */
void limits_apply(size_t requested, struct tcpstore_limits *limits);

#endif
