/*
 * Which descriptors libuv may be given. It aborts where it is given none, and when it closes
 * one of its own below 3. The program's standard streams have those numbers, and while one of
 * them is closed, a new socket would get its number, and whatever the program prints.
 */
#ifndef SERVER_DESCRIPTORS_H
#define SERVER_DESCRIPTORS_H

#include <tcpstore/error.h>

struct held_descriptors {
    int fds[3];
    int count;
};

/* Takes those of 0 to 2 that are free, by descriptors that can be neither read nor written: new
 * ones get numbers above them. */
void descriptors_hold(struct held_descriptors *ret_held);

void descriptors_release(const struct held_descriptors *held);

/* Whether a server can have those that it needs besides clients: TCPSTORE_ESYSTEM if not. Holds
 * none of them. */
TCPSTORE_MUST_USE
int descriptors_check(struct tcpstore_error *error);

#endif
