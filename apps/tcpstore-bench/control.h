/* A blocking connection beside the measured ones: stores keys, checks replies, releases
 * waiting clients. All functions exit on failure. */
#ifndef BENCH_CONTROL_H
#define BENCH_CONTROL_H

#include <stdbool.h>

#include "tcpstore-bench/loop.h"
#include "tcpstore-bench/requests.h"

/* Connects and sends VALIDATE. `timeout_ns` as in struct loop. Returns the descriptor. */
int control_open(const struct address *address, uint64_t timeout_ns);

void control_send(int control, struct pieces requests);
void control_receive(int control, uint8_t *bytes, size_t len);

/* On return, the server has executed everything sent on this connection. */
void control_ping(int control);

/* Sets the first `count` keys to `value`. */
void control_store(int control, size_t count, struct span value);

#endif
