/* What is observed of one store: a census of its clients, its slow waits, and listings of its
 * keys. Call the functions on the loop's thread. */
#ifndef OBSERVE_WATCH_H
#define OBSERVE_WATCH_H

#include "observe/sources.h"

struct watch {
    struct list link; /* the observer's */
    struct sources sources;
    struct census census;
    struct slow_waits slow_waits;
    struct cursors cursors;
    bool is_open;
};

/* Borrows what `sources` refers to; sets what refers to the watch itself. */
void watch_open(
    struct watch *watch, uv_loop_t *loop, const struct sources *sources,
    struct census_taker *taker, const struct hash_key *hash_key);

/* Whether clients are connected. */
void watch_set_busy(struct watch *watch, bool is_busy);

/* Whether its census answers nothing now. */
bool watch_is_idle(const struct watch *watch);

/* How many clients of the store's protocol there have been. Connections that send nothing, as
 * probes do, and HTTP's are none. */
uint64_t watch_clients_total(const struct watch *watch);

/* The port of the store, if the processes of its clients may be found; else 0. */
uint16_t watch_port_to_identify(const struct watch *watch);

/* Call it when watch_is_idle, or after census_taker_close. One that is not open is fine. */
void watch_close(struct watch *watch);

/* Call it when the loop has run after watch_close, before the engine is freed. */
void watch_done(struct watch *watch);

#endif
