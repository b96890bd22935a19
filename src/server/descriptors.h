/*
 * Keeps libuv from aborting. It aborts when it cannot open a descriptor, when it has no memory
 * to watch one, and when it closes one of its own below 3. Those numbers belong to the standard
 * streams: while one of these is closed, a new socket would get its number and receive what the
 * program prints.
 */
#ifndef SERVER_DESCRIPTORS_H
#define SERVER_DESCRIPTORS_H

#include <stdbool.h>
#include <uv.h>

#include <tcpstore/error.h>

#include "base/memory.h"

struct held_descriptors {
    int fds[3];
    int count;
};

/* Opens an O_PATH descriptor, which cannot be read or written, on each free number from 0 to 2.
 * New descriptors get higher numbers until descriptors_release. */
void descriptors_hold(struct held_descriptors *ret_held);

void descriptors_release(const struct held_descriptors *held);

/* Checks that a server can open the descriptors that it needs for one client; none stays open.
 * TCPSTORE_ESYSTEM. */
TCPSTORE_MUST_USE
int descriptors_check(struct tcpstore_error *error);

/* Makes the kernel's table of descriptors large enough for so many clients, at most 64 Ki. To
 * grow it later takes 10 to 20 ms of waiting if the process has a second thread. */
void descriptors_reserve(size_t clients);

/* Whether there is memory to watch `fd`. Call it just before watching: it reserves nothing. */
bool descriptors_can_watch(const uv_loop_t *loop, int fd, struct memory *memory);

#endif
