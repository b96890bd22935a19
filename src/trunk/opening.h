/*
 * What the bytes of ITEM_OPEN and ITEM_ABOUT tell the store about a client. Integers are
 * little-endian:
 *
 *     u16 port, i32 rank, u32 process, then store, host and program, each as u8 length, bytes
 */
#ifndef TRUNK_OPENING_H
#define TRUNK_OPENING_H

#include "base/span.h"

enum {
    OPENING_TEXT_MAX = 255, /* bytes of each text */
    OPENING_MAX = 2 + 4 + 4 + 3 * (1 + OPENING_TEXT_MAX),
};

struct opening {
    uint16_t port;       /* of the client's end of its connection */
    int32_t rank;        /* as its process says; -1: unknown */
    uint32_t process;    /* its number, at most INT32_MAX; 0: unknown */
    struct span store;   /* to which it has connected; empty: the first */
    struct span host;    /* on which it runs; empty: that of the relay */
    struct span program; /* "python train.py"; empty: unknown */
};

/* Writes at most OPENING_MAX bytes, and returns the byte after them. Of a text, only the first
 * OPENING_TEXT_MAX bytes are written. */
uint8_t *opening_put(uint8_t *bytes, const struct opening *opening);

/* The spans borrow `bytes`. False: they are malformed. */
bool opening_read(struct span bytes, struct opening *ret_opening);

#endif
