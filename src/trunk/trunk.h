/* One end of a trunk: what it sends and has received, whatever becomes of its connections. Not
 * thread-safe. */
#ifndef TRUNK_TRUNK_H
#define TRUNK_TRUNK_H

#include "trunk/incoming.h"
#include "trunk/outgoing.h"

struct trunk_events {
    /* An item that has come for the first time. False: it breaks the rules. */
    bool (*take)(void *owner, const struct item *item);

    /* `outgoing` was full, and is no longer. */
    void (*go_on)(void *owner);
};

struct trunk {
    struct outgoing outgoing;
    struct incoming incoming;
    bool has_failed; /* memory for an item that must not be lost was refused: give the trunk up
                      */
    const struct trunk_events *events;
    void *owner;
};

/* `high_water` is outgoing_init's. The pointers are borrowed. */
void trunk_init(
    struct trunk *trunk, struct memory *memory, size_t high_water,
    const struct trunk_events *events, void *owner);

void trunk_done(struct trunk *trunk);

/* Adds an item of a few bytes that must not be lost. Without memory, the trunk has failed. */
void trunk_add(struct trunk *trunk, uint32_t session, enum item_kind kind, struct span bytes);

/* Adds ITEM_TAKEN. */
void trunk_tell_taken(struct trunk *trunk, uint32_t session, uint32_t taken);

/* Reads the bytes of one. False: they are malformed. */
TCPSTORE_MUST_USE
bool trunk_read_taken(struct span bytes, uint32_t *ret_taken);

/* Takes a frame of items, or an acknowledgement. False: it breaks the rules. */
TCPSTORE_MUST_USE
bool trunk_take(struct trunk *trunk, const struct frame *frame);

/* Goes on with another connection: outgoing_resume. */
TCPSTORE_MUST_USE
bool trunk_resume(struct trunk *trunk, uint64_t their_received);

#endif
