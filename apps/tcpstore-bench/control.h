/* One more connection, blocking, for what surrounds a measurement: storing keys, seeing
 * that replies are right, releasing waiters. */
#ifndef BENCH_CONTROL_H
#define BENCH_CONTROL_H

#include <stdbool.h>

#include "tcpstore-bench/loop.h"
#include "tcpstore-bench/requests.h"

/* `patience_ns` as in struct loop. */
int control_open(const struct address *address, uint64_t patience_ns);

void control_send(int control, struct pieces requests);
void control_receive(int control, uint8_t *bytes, size_t len);

/* The server has handled everything that was sent to it here before. */
void control_ping(int control);

/* Stores `count` keys from the first one on, `value` under each. */
void control_store(int control, size_t count, struct span value);

#endif
