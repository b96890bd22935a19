/*
 * Descriptors 0 to 2 are the program's, even while they are closed. A client's socket with the
 * number of standard output would receive what the program prints, and libuv aborts when it
 * closes a descriptor of its own below 3. So they are taken wherever new ones may come from.
 */
#ifndef SERVER_DESCRIPTOR_H
#define SERVER_DESCRIPTOR_H

struct descriptor_hold {
    int fds[3];
    int count;
};

/* Takes those of 0 to 2 that are free, by descriptors that can be neither read nor written: new
 * ones get numbers above them. */
void descriptor_hold(struct descriptor_hold *ret_hold);

void descriptor_release(const struct descriptor_hold *hold);

#endif
