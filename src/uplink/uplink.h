/*
 * The relay: it serves the clients of its node by a store elsewhere,
 * over one connection, its link. It finds the store again when the link breaks. Call the
 * functions on the loop's thread.
 */
#ifndef UPLINK_UPLINK_H
#define UPLINK_UPLINK_H

#include "link/link.h"
#include "server/client_log.h"
#include "server/turns.h"
#include "trunk/greeting.h"
#include "uplink/dialer.h"
#include "uplink/identifying.h"

/* Where a store may be found. */
struct upstream {
    char *host;
    char *port;
};

/* HTTP at the relay's ports. */
struct uplink_http {
    /* Why it is not served to the peer, a static string; NULL: it is, here or by the store. */
    const char *(*refuse)(
        void *context, const union address *peer, const struct uplink_port *port);

    /* Serves it here to the peer of the stream, as uplink_shared's serve_http. */
    bool (*serve)(
        void *context, struct stream *stream, const union address *peer, struct span begun);

    void *context;
};

/* The stores of jobs, of which the store tells. */
struct uplink_stores {
    /* One has opened. False: it cannot have. */
    bool (*opened)(void *context, uint16_t port, struct span name);

    /* One has closed; maybe one for which there was no memory. */
    void (*closed)(void *context, uint16_t port);

    /* The store tells of all again. */
    void (*forgotten)(void *context);

    void *context;
};

/* All pointers are borrowed. */
struct uplink_config {
    uv_loop_t *loop;
    struct turns *turns;
    struct client_log *log;
    struct memory *memory;
    const struct secure *secure;      /* NULL: without TLS */
    const struct upstream *upstreams; /* they are tried in turn */
    size_t upstream_count;            /* at least 1 */
    uint32_t max_clients;
    uint64_t validate_ms;    /* for a client's first bytes */
    const bool *is_draining; /* then new clients are refused, but for HTTP */

    /* Accepts the clients, once it listens; NULL: their processes are not told. */
    const struct acceptor *identified;

    /* A client has come or gone. */
    void (*changed)(void *context);

    /* Its store has forgotten it: its clients are disconnected. */
    void (*forgotten)(void *context);

    void *context;

    struct uplink_http http;
    struct uplink_stores stores;
};

/* A number of a session; NULL: it is free. */
struct uplink_slot {
    struct uplink_client *client;
};

enum uplink_state {
    UPLINK_AWAY,     /* waits until it tries again */
    UPLINK_DIALING,  /* connects */
    UPLINK_GREETING, /* has said HELLO */
    UPLINK_LINKED,
};

struct uplink {
    struct uplink_config config;
    enum uplink_state state;
    struct dialer dialer;
    struct link link;
    bool is_link_open; /* its memory is in use */
    uv_timer_t retry;
    uv_timer_t away; /* the store forgets this relay then */
    uv_timer_t acknowledgement;
    size_t owed; /* bytes of frames that are not acknowledged */
    struct turn turn;
    struct uplink_shared shared;
    struct identifying identifying;
    struct uplink_slot *slots; /* by number */
    uint32_t slot_count;
    uint32_t free_hint;   /* no lower number is free */
    uint32_t connections; /* of clients: open streams */
    uint32_t clients;     /* those that speak the store's protocol: HTTP's are none */
    uint8_t id[GREETING_ID_SIZE];
    uint8_t instance[GREETING_ID_SIZE];
    struct relay_path above; /* the relays between this one and the store that knows it */
    bool is_known;           /* the store has welcomed this id */
    uint32_t away_ms;
    uint64_t delay_ms;       /* before the next try */
    size_t next;             /* upstream to be tried; while there is a connection, its own */
    size_t welcomed_by;      /* upstream, of this id */
    uint64_t linked_since;   /* ms of the loop's clock; when the store has welcomed it */
    uint64_t waiting_since;  /* likewise; when the link was lost */
    uint64_t links;          /* so far */
    char why[TLS_TEXT_MAX];  /* the latest try has failed, or the link was lost; "": neither */
    size_t tried;            /* upstream that `reason` is about */
    uint64_t next_report_ms; /* of waiting, that is logged */
    char name[UV_MAXHOSTNAMESIZE]; /* of this host */
    uint8_t link_buffer[LINK_BUFFER_SIZE];
    uint8_t client_buffer[ITEM_BYTES_MAX];
};

/* Looks for the store from now on. */
void uplink_init(struct uplink *uplink, const struct uplink_config *config);

/* Serves the client that is connected to `port` by the socket `fd`, which it owns from now on,
 * or refuses it, with a line in the log. `is_local`: the client runs on this host. `port` is
 * borrowed. */
void uplink_admit(
    struct uplink *uplink, int fd, const union address *peer, bool is_local,
    const struct uplink_port *port);

/* The same for a client that is connected by a stream, which has no owner yet: that of another
 * relay, or one with TLS. False: it is refused, and the stream is still the caller's. */
bool uplink_adopt(
    struct uplink *uplink, struct stream *stream, const union address *peer,
    const struct uplink_port *port);

/* The way to the store for other relays: this one, and those above it. False: it has no store
 * now. */
bool uplink_finds_store(const struct uplink *uplink, struct relay_path *ret_path);

/* Disconnects those that have connected to `port` and are unclear yet: it is used no more. */
void uplink_leave_port(struct uplink *uplink, const struct uplink_port *port);

/* Tells the store that its clients leave, and disconnects them. */
void uplink_close(struct uplink *uplink);

/* Frees everything, when the loop has run after uplink_close. */
void uplink_done(struct uplink *uplink);

#endif
