/* Finds the ends of replies, whatever is in them. */
#ifndef BENCH_REPLAY_REPLY_H
#define BENCH_REPLAY_REPLY_H

#include <stdbool.h>

#include "base/span.h"

/* The rest of one reply. */
struct replay_reply {
    uint64_t skip;     /* bytes before the next number */
    uint64_t blobs;    /* still to read, each with its length in front */
    bool counts_blobs; /* the next number is how many follow */
    bool has_one;      /* the next number is not 0 if one follows */
    uint8_t number[8];
    size_t have; /* bytes of it */
};

/* Of an operation on `keys` keys. Returns false if it has no reply. */
bool replay_reply_begin(struct replay_reply *reply, uint8_t opcode, size_t keys);

/* Takes the reply's bytes from the front of `bytes`. Returns whether it is whole. */
bool replay_reply_take(struct replay_reply *reply, struct span *bytes);

#endif
