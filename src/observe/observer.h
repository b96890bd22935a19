/*
 * What operators see of the server: it answers HTTP requests about it, and logs slow waits.
 * Requests are handled one at a time, in turns. Call its functions on the loop's thread.
 */
#ifndef OBSERVE_OBSERVER_H
#define OBSERVE_OBSERVER_H

#include <stdatomic.h>

#include "observe/inquiry.h"

struct observer {
    struct sources sources;
    struct census census;
    struct slow_waits slow_waits;
    struct lag lag;
    struct cursors cursors;
    struct http http;
    struct turn turn;
    struct list inquiries; /* to be begun */
    struct list asked;     /* their census is being taken */
    struct list answered;  /* by a census; to be sent */
    atomic_size_t unsent;  /* bytes of these answers */
    bool is_open;
};

/* Returns libuv's error. Borrows what `sources` refers to. */
int observer_init(
    struct observer *observer, uv_loop_t *loop, const struct sources *sources,
    const struct hash_key *hash_key, bool serves_http);

/* Whether clients are connected. */
void observer_set_busy(struct observer *observer, bool is_busy);

/* Serves HTTP to the peer of `fd`, which it owns from now on. */
void observer_adopt(struct observer *observer, int fd, const union address *peer);

/* One that is not open is fine. */
void observer_close(struct observer *observer);

/* Call it when the loop has run after observer_close, before the engine is freed. */
void observer_done(struct observer *observer);

#endif
