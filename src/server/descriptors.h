/*
 * Keeps libuv from aborting: it does when it can open no descriptor, and when it closes one of
 * its own below 3. Those are the numbers of the standard streams. While one of these is closed,
 * a new socket would get its number and receive what the program prints.
 */
#ifndef SERVER_DESCRIPTORS_H
#define SERVER_DESCRIPTORS_H

#include <tcpstore/error.h>

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

#endif
