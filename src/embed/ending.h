/*
 * When the server ends by itself: once its last client has left, if it drains, or was asked to
 * serve once. While it drains, the log tells who is left. Call the functions on the loop's
 * thread.
 */
#ifndef EMBED_ENDING_H
#define EMBED_ENDING_H

#include "embed/common.h"

struct ending {
    struct common *common;
    uv_timer_t timer; /* runs while it drains, or is about to end */
    bool serves_once;
    bool is_open;
    void (*end)(void *context);
    void *context;
};

/* `end` is called once, on the loop's thread. The pointers are borrowed. */
void ending_init(
    struct ending *ending, struct common *common, bool serves_once, void (*end)(void *context),
    void *context);

/* Call it when a client has come or gone. */
void ending_note_change(struct ending *ending);

/* Accepts no clients any more. HTTP is served until the last client has left. */
void ending_drain(struct ending *ending);

/* One that is not open is fine. */
void ending_close(struct ending *ending);

#endif
