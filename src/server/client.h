/*
 * One connected client: its stream, and its session of the engine. Call its functions on the
 * loop's thread.
 *
 * What one callback does for a client is bounded by a turn (server/turns.h). What it has not
 * done then waits for the client's next turn: requests, reading, writing the backlog, leaving
 * the engine, freeing.
 */
#ifndef SERVER_CLIENT_H
#define SERVER_CLIENT_H

#include "engine/engine.h"
#include "server/address.h"
#include "server/client_log.h"
#include "server/deadlines.h"
#include "server/memories.h"
#include "server/stream.h"
#include "server/turns.h"

enum { READ_BUFFER_SIZE = 64 * 1024 };

struct client;

/* What all clients use, one at a time. */
struct service {
    uv_loop_t *loop;
    struct client_log *log;
    struct engine *engine;
    struct turns *turns;
    struct memories *memories;
    struct stream_limits stream_limits;
    void (*gone)(struct client *client); /* the client's parts are freed */

    struct deadlines deadlines; /* for VALIDATE, and for a refused client's replies */
    struct effects effects;     /* of the requests that are being executed */
    struct outbox replies;      /* to one client at a time; empty in between. It keeps memory
                                   for what one read can ask for, so that no reply is refused it
                                 */
    struct turn releases;       /* sends those that wait in `effects` */
    uint8_t read_buffer[READ_BUFFER_SIZE];
};

enum client_state {
    CLIENT_READING,
    CLIENT_PAUSED,
    CLIENT_STOPPED,
    CLIENT_ENDING,
    CLIENT_CLOSING,
};

struct client {
    struct list link; /* the owner's */
    struct service *service;
    struct stream *stream;
    struct session session;
    enum client_state state;
    struct turn turn;
    struct deadline deadline;
    union address peer;
    struct memory *memory; /* with the reserve for this host, or without */
    bool is_guest;         /* the owner's: beyond the limit */
    size_t room;           /* bytes for which the last read had room */
    bool has_more;         /* the last read filled its room */
    int ended;             /* libuv's status, until a turn handles it; 0: none */
    bool is_refused;       /* its session leaves; what it sends is dropped */
    bool has_left;         /* the session */
    bool is_closed;        /* the socket */
};

/* The caller has set the members above `deadlines`. TCPSTORE_ENOMEM; service_close and
 * service_done are called all the same. */
TCPSTORE_MUST_USE
int service_init(struct service *service, uint64_t timeout_ms);

/* No client may start afterwards. */
void service_close(struct service *service);

/* Call it when the loop has run after service_close, and no client is left. */
void service_done(struct service *service);

/* Opens a client on the connected socket `fd`. It is not served yet, and all other members are
 * zero. Returns libuv's error; then `fd` is still the caller's. */
TCPSTORE_MUST_USE
int client_open(struct service *service, int fd, struct memory *memory, struct client *client);

/* Serves the client from now on. */
void client_start(struct client *client);

/* Disconnects the client if it still is connected. `gone` is called now or when the loop runs.
 */
void client_close(struct client *client);

#endif
