/*
 * The stores of jobs at a relay: its store tells which are open, and the relay accepts clients
 * at the same ports, on its own addresses. Call the functions on the loop's thread.
 */
#ifndef EMBED_RELAY_STORES_H
#define EMBED_RELAY_STORES_H

#include "server/acceptor.h"
#include "uplink/uplink.h"

/* All pointers are borrowed. */
struct relay_stores_config {
    uv_loop_t *loop;
    struct turns *turns;
    struct client_log *log;
    struct memory *memory;
    struct uplink *uplink;
    const struct acceptor *beside;    /* it listens on the addresses of this one */
    const struct allow_list *allowed; /* networks of clients */

    /* One has opened, or is closed: other relays learn it. */
    void (*told)(void *context, uint16_t port, const char *name, bool is_open);

    void *context;
};

struct relay_stores {
    struct relay_stores_config config;
    struct list open;
    struct list closed; /* since the last tick: handles may be in use */
    struct list dead;   /* to be freed */
    uv_timer_t timer;   /* runs while any is closed */
};

void relay_stores_init(struct relay_stores *stores, const struct relay_stores_config *config);

/* For struct uplink_stores; `context` is a struct relay_stores. */
bool relay_stores_open(void *context, uint16_t port, struct span name);
void relay_stores_close_one(void *context, uint16_t port);
void relay_stores_close_all(void *context);

/* Serves a client of another relay in the store `name`: uplink_clients_adopt. False, too, if no
 * such store is open. */
bool relay_stores_admit(
    const struct relay_stores *stores, struct span name, struct stream *stream,
    const union address *peer);

enum relay_store_state {
    RELAY_STORE_SERVED,
    RELAY_STORE_UPSTREAM, /* the upstream runs on this host, and may well be what serves there
                           */
    RELAY_STORE_REFUSED,  /* clients cannot connect to its port */
};

/* Called with each store that is open. */
typedef void relay_store_fn(
    void *context, const char *name, uint16_t port, enum relay_store_state state);
void relay_stores_each(const struct relay_stores *stores, relay_store_fn *visit, void *context);

void relay_stores_close(struct relay_stores *stores);

/* Frees everything, when the loop has run after relay_stores_close. */
void relay_stores_done(struct relay_stores *stores);

#endif
