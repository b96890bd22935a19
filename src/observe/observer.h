/*
 * What operators see of the server: it answers HTTP requests about its stores. Requests are
 * handled one at a time, in turns. Call its functions on the loop's thread.
 */
#ifndef OBSERVE_OBSERVER_H
#define OBSERVE_OBSERVER_H

#include <stdatomic.h>

#include "observe/inquiry.h"
#include "observe/watch.h"

/* What HTTP can change, by the owner of the stores. */
struct changes {
    /* Opens the store `name`, or finds it. *ret_is_new tells which. Returns 0 or an error. */
    int (*open_store)(
        void *context, const char *name, struct tcpstore_error *error,
        const struct watch **ret_watch, bool *ret_is_new);

    /* Closes a store that has a name, and disconnects its clients. `peer` is who asks. */
    void (*close_store)(void *context, struct watch *watch, const char *peer);

    /* Accepts no clients any more, and ends when the last has left. */
    void (*drain)(void *context, const char *peer);
};

struct observer {
    struct turns *turns;
    struct list watches; /* the first store's is the first */
    const struct changes *changes;
    void *context; /* for `changes` */
    struct lag lag;
    struct http http;
    struct turn turn;
    struct list inquiries; /* to be begun */
    struct list asked;     /* their census is being taken */
    struct list answered;  /* by a census; to be sent */
    atomic_size_t unsent;  /* bytes of these answers */
    bool is_open;
    bool is_draining; /* its owner accepts no clients any more, but HTTP is served */
};

/* Returns libuv's error. Borrows the pointers. */
TCPSTORE_MUST_USE
int observer_init(
    struct observer *observer, uv_loop_t *loop, struct turns *turns, bool serves_http,
    const struct changes *changes, void *context);

/* Answers about a store from now on, until observer_remove. Questions that are asked already
 * are answered after that, too: see watch_is_idle. */
void observer_add(struct observer *observer, struct watch *watch);
void observer_remove(struct watch *watch);

/* The watch of the store `name`; NULL: there is none. "" is the first store. */
struct watch *observer_find(const struct observer *observer, const char *name);

/* The watch after `watch`, in the order in which they were added; NULL: it was the last. With
 * NULL, the first. */
struct watch *observer_next(const struct observer *observer, const struct watch *watch);

/* The clients of all stores that have sent something: clients_speaking. */
size_t observer_clients(const struct observer *observer);

/* Whether clients are connected. */
void observer_set_busy(struct observer *observer, bool is_busy);

/* Serves HTTP to the peer of `fd`, which it owns from now on. `store` is the number of the
 * store that requests are about unless they name another. */
void observer_adopt(
    struct observer *observer, int fd, const union address *peer, uint64_t store);

/* One that is not open is fine. Close the watches before. */
void observer_close(struct observer *observer);

/* Call it when the loop has run after observer_close. */
void observer_done(struct observer *observer);

#endif
