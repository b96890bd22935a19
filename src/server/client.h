/* One connected client: its stream, its session of the engine, and how it is disconnected. Call
 * the functions on the loop's thread, while a turn is taken: they take `effects.steps`. */
#ifndef SERVER_CLIENT_H
#define SERVER_CLIENT_H

#include "engine/engine.h"
#include "server/address.h"
#include "server/client_log.h"
#include "server/closed.h"
#include "server/deadlines.h"
#include "server/durations.h"
#include "server/memories.h"
#include "server/stream.h"
#include "server/turns.h"

enum { READ_BUFFER_SIZE = 64 * 1024 };

struct client;

/* All pointers are borrowed. */
struct service_config {
    uv_loop_t *loop;
    struct client_log *log;
    struct engine *engine;
    struct turns *turns;
    struct memories *memories;
    struct stream_limits stream_limits;
    void (*gone)(struct client *client); /* all but the client itself is freed */

    /* Serves HTTP to the peer of the socket `fd`, which the callee owns. NULL: HTTP is not
     * served here. */
    void (*serve_http)(void *context, int fd, const union address *peer);
    void *context;

    const bool *is_draining; /* then new clients are refused, but for HTTP */
    struct durations *durations;
    uint8_t *read_buffer;    /* READ_BUFFER_SIZE bytes, which all stores of a server use */
    struct bridges *bridges; /* for HTTP to clients whose stream has no socket */
};

/* What all clients of a store use, one at a time. */
struct service {
    struct service_config config;
    struct deadlines deadlines; /* for VALIDATE, and for a refused client's replies */
    struct effects effects;     /* of the requests that are being executed */
    struct outbox replies;      /* to one client at a time; empty in between. It keeps memory
                                   for what one read can ask for, so that no reply is refused it
                                 */
    struct turn releases;       /* sends those in `unsent` */
    struct list unsent;         /* the engine's, of requests before this one */
    struct turn departures;     /* disconnects clients in `departed` */
    struct list departed;       /* links of their turns: their connections have ended */
    struct closed closed;
    uint64_t received_bytes;
    uint64_t sent_bytes;
    uint32_t new_count; /* clients from which nothing has been read */
};

enum client_state {
    CLIENT_READING, /* its stream reads, and its requests are executed */
    CLIENT_PAUSED,  /* its stream is full */
    CLIENT_STOPPED, /* it goes on in its next turn, or once an answer is known */
    CLIENT_ENDING,  /* it sends no more; it is disconnected when all replies are written */
    CLIENT_CLOSING, /* until its socket is closed, its session has left, its backlog is freed */
};

struct client {
    struct list link; /* the owner's */
    struct service *service;
    struct stream *stream; /* NULL: a bridge has it */
    struct session session;
    enum client_state state;
    int ended; /* libuv's status, until a turn handles it; 0: none */
    struct turn turn;
    struct deadline deadline;
    struct memory *memory; /* with the reserve for this host, or without */
    size_t room;           /* bytes for which the last read had room */
    uint64_t connected_at; /* ms of the loop's clock */
    uint64_t received_at;  /* the last bytes, or when it connected */
    union address peer;
    bool is_guest;            /* the owner's: beyond the limit */
    bool is_new;              /* nothing has been read yet */
    bool is_http;             /* it has begun with an HTTP method */
    bool is_late;             /* it has come while the server drains */
    bool has_more;            /* the last read filled its room */
    bool receives_in_session; /* the last read had room in the session's input */
    bool is_refused;          /* its session leaves; what it sends is dropped */
    bool has_left;            /* the session */
    bool is_closed;           /* the socket */
};

static inline void client_ask_for_turn(struct client *client)
{
    turns_add(client->service->config.turns, &client->turn);
}

/* Starts and stops reading: only CLIENT_READING reads. */
void client_set_state(struct client *client, enum client_state state);

/* Ends the session. If the steps do not suffice, asks for a turn; call it again in that. */
void client_leave(struct client *client);

/* Once its first bytes have arrived, and are not HTTP's: so HTTP does not fill the record. */
void client_record_arrival(const struct client *client);

/* `key` of the refusal is valid until the session leaves. */
void client_log_refusal(struct client *client, const struct refusal *refusal);

/* Each closes the socket and ends the session. What follows a refusal is not logged. */
void client_disconnect(struct client *client);
void client_disconnect_ended(struct client *client);            /* it has closed its side */
void client_disconnect_lost(struct client *client, int status); /* libuv's */

/* After a failure of `operation` that no single request has caused. */
void client_disconnect_failed(struct client *client, const char *operation, int code);

#endif
