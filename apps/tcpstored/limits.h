/* How much the machine and the container allow the daemon to hold. */
#ifndef TCPSTORED_LIMITS_H
#define TCPSTORED_LIMITS_H

#include <stddef.h>

#include <tcpstore/server.h>

/* In bytes: the library's default, or half of what the process may use if that is less. */
size_t limits_default_memory(void);

/* Raises the limit of descriptors to the hard limit. Sets `limits->clients` to `asked`, or if
 * that is 0 lowers it to what a control group's memory allows, and in both cases to what there
 * are descriptors for. Limits the heap to a control group's memory. Logs the limits with what
 * sets each, and warns of those that are low. */
void limits_settle(size_t asked, struct tcpstore_limits *limits);

#endif
