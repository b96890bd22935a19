/*
 * Keeps libuv from aborting: it does when it can open no descriptor, when it has no memory to
 * watch one, and when it closes one of its own below 3. Those are the numbers of the standard
 * streams. While one of these is closed, a new socket would get its number and receive what the
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

/* Occupies the free numbers of 0 to 2 by descriptors that can be neither read nor written, so
 * that new ones get higher numbers. */
void descriptors_hold(struct held_descriptors *ret_held);

void descriptors_release(const struct held_descriptors *held);

/* Checks that a server can open the descriptors it needs with a single client, and keeps none
 * of them open. TCPSTORE_ESYSTEM. */
TCPSTORE_MUST_USE
int descriptors_check(struct tcpstore_error *error);

/* Whether there is memory for the loop to watch `fd`. Call it just before: nothing is kept. */
bool descriptors_can_watch(const uv_loop_t *loop, int fd, struct memory *memory);

#endif
