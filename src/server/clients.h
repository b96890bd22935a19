/* The connected clients: each has a stream and a session of the engine. Call its functions on
 * the loop's thread. */
#ifndef SERVER_CLIENTS_H
#define SERVER_CLIENTS_H

#include <tcpstore/server.h>

#include "server/service.h"

/* The clients of all stores of a server. */
struct headcount {
    size_t max;           /* clients, without guests */
    size_t count;         /* also those that are closing */
    size_t guests;        /* those of them beyond the limit */
    uint32_t last_number; /* of a session */
};

/* All pointers are borrowed. */
struct clients_config {
    uv_loop_t *loop;
    struct turns *turns;
    struct client_log *log;
    struct engine *engine;
    struct memories *memories;
    struct headcount *headcount;
    struct tcpstore_limits limits;
    void (*left)(void *context); /* a client has left, and its socket is closed */
    void (*serve_http)(void *context, int fd, const union address *peer); /* service_config's */
    const bool *is_draining;                                              /* likewise */
    struct durations *durations;
    uint8_t *read_buffer;    /* likewise */
    struct bridges *bridges; /* likewise */
    void *context;
};

struct clients {
    struct service service;
    struct headcount *headcount;
    void (*left)(void *context);
    void *context;
    struct list connected; /* in the order of their numbers */
    uint32_t admitted;     /* connections so far */
    uint32_t http_count;   /* of them, that turned out to speak HTTP, and are not served here */
    struct list *visited;  /* the next one of clients_visit */
    size_t count;          /* of `connected`, which holds those that are closing, too */
};

/* TCPSTORE_ENOMEM; call clients_close and clients_done even then. */
TCPSTORE_MUST_USE
int clients_init(struct clients *clients, const struct clients_config *config);

/* Serves the client that is connected by the socket `fd`, which it owns from now on. `local`:
 * the client runs on this host. A client beyond the limit, or without memory for it, is
 * refused: its socket is closed, with a line in the log. */
void clients_admit(struct clients *clients, int fd, const union address *peer, bool local);

/* Serves the client of a stream that is open and has no owner yet; `peer` is the client's. One
 * beyond the limit, or without memory for it, is refused likewise: returns false, and the
 * stream is still the caller's. */
bool clients_admit_stream(
    struct clients *clients, struct stream *stream, const union address *peer);

/* Whether no other client can connect, but for guests. */
static inline bool clients_are_full(const struct clients *clients)
{
    return clients->headcount->count - clients->headcount->guests >= clients->headcount->max;
}

/* Those that have sent something, and are no HTTP clients: so a probe is none. */
static inline size_t clients_speaking(const struct clients *clients)
{
    return clients->count - clients->service.new_count;
}

/* How many clients have been served so far, and how many of them have been disconnected. A
 * connection counts when its first bytes show that it is no HTTP client's, or when it closes
 * without any; so neither number ever falls. */
static inline uint32_t clients_served(const struct clients *clients)
{
    return clients->admitted - clients->http_count - clients->service.new_count;
}

static inline uint32_t clients_closed(const struct clients *clients)
{
    return clients->admitted - clients->http_count - (uint32_t)clients->count;
}

/* Begins to visit all clients, also those that are closing. */
void clients_begin_visit(struct clients *clients);

/* Visits further ones while steps are left, which `visit` takes. Between the calls, clients may
 * come and go. Returns whether there are more. */
bool clients_visit(
    struct clients *clients, long *steps,
    void (*visit)(void *context, const struct client *client, long *steps), void *context);

/* Disconnects up to `most` clients. */
void clients_end_some(struct clients *clients, size_t most);

/* Disconnects every client, after turns_close or when there is none; `left` is called for each
 * as the loop runs. No client may be admitted afterwards. */
void clients_close(struct clients *clients);

/* Call it when the loop has run after clients_close. */
void clients_done(struct clients *clients);

#endif
