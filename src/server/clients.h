/* The connected clients: each has a stream and a session of the engine. Call its functions on
 * the loop's thread. */
#ifndef SERVER_CLIENTS_H
#define SERVER_CLIENTS_H

#include <tcpstore/server.h>

#include "engine/engine.h"
#include "server/address.h"
#include "server/client_log.h"
#include "server/deadlines.h"
#include "server/memories.h"
#include "server/stream.h"
#include "server/turns.h"

enum { READ_BUFFER_SIZE = 64 * 1024 };

/* All of it is borrowed. */
struct clients_config {
    uv_loop_t *loop;
    struct client_log *log;
    struct engine *engine;
    struct memories *memories;
    struct tcpstore_limits limits;
    void (*left)(void *context); /* a client's socket has been closed */
    void *context;
};

struct clients {
    struct clients_config config;
    struct stream_limits stream_limits;
    struct list connected;
    size_t count;       /* of `connected`, and of those that are closing */
    size_t guest_count; /* those of them beyond the limit */
    struct turns turns;
    struct deadlines deadlines; /* for VALIDATE */
    struct effects effects;     /* of the requests that are being executed */
    struct outbox replies; /* to one client at a time; empty in between. It keeps memory for
                              what one read can ask for, so that no reply is refused it */
    uint8_t read_buffer[READ_BUFFER_SIZE];
};

/* TCPSTORE_ENOMEM; clients_close and clients_done are called all the same. */
TCPSTORE_MUST_USE
int clients_init(struct clients *clients, const struct clients_config *config);

/* Serves the client that is connected by the socket `fd`, which it owns from now on. `local`:
 * the client runs on this host. A client beyond the limit, or without memory for it, is
 * refused: its socket is closed, with a line in the log. */
void clients_admit(struct clients *clients, int fd, const union address *peer, bool local);

/* Disconnects every client; `left` is called for each as the loop runs. No client may be
 * admitted afterwards. */
void clients_close(struct clients *clients);

/* Call it when the loop has run after clients_close. */
void clients_done(struct clients *clients);

#endif
