/* A copy of what a store knows of its clients at one moment, for a thread to work with. Not
 * thread-safe. */
#ifndef OBSERVE_FACTS_COPY_H
#define OBSERVE_FACTS_COPY_H

#include "server/clients.h"
#include "why/facts.h"

struct facts_copy_chunk;

struct facts_copy {
    struct memory *memory;
    struct clients *clients;
    uint64_t now; /* when it began, ms of the loop's clock */
    struct facts facts;
    struct facts_client *array; /* of the facts */
    size_t capacity;
    struct facts_copy_chunk *chunks; /* of the bytes that the facts borrow */
};

/* Starts an empty copy. Call it on the loop's thread. It borrows the pointers.
 * TCPSTORE_ENOMEM. */
TCPSTORE_MUST_USE
int facts_copy_begin(struct facts_copy *copy, struct memory *memory, struct clients *clients);

/* Copies connected clients while steps are left, which it takes; then those that have left.
 * Returns whether there are more. On the loop's thread. */
bool facts_copy_continue(struct facts_copy *copy, long *steps);

/* Copies up to FACTS_KEY_MAX bytes, the last ones, for as long as the facts. Empty if memory is
 * refused. */
struct span facts_copy_keep(struct facts_copy *copy, struct span bytes);

/* Frees it all. One that is all zero is fine. */
void facts_copy_clear(struct facts_copy *copy);

#endif
