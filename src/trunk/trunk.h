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
    const struct trunk_events *events;
    void *owner;
};

/* `high_water` is outgoing_init's. The pointers are borrowed. */
void trunk_init(
    struct trunk *trunk, struct memory *memory, size_t high_water,
    const struct trunk_events *events, void *owner);

void trunk_done(struct trunk *trunk);

/* Takes a frame of items, or an acknowledgement. False: it breaks the rules. */
TCPSTORE_MUST_USE
bool trunk_take(struct trunk *trunk, const struct frame *frame);

/* Whether trunk_resume will succeed. */
bool trunk_can_resume(const struct trunk *trunk, uint64_t their_received);

/* Goes on with another connection: outgoing_resume. */
TCPSTORE_MUST_USE
bool trunk_resume(struct trunk *trunk, uint64_t their_received);

#endif
