/*
 * A client of this relay: what it sends goes up the trunk, and what comes down goes to it. Call
 * the functions on the loop's thread.
 */
#ifndef UPLINK_UPLINK_CLIENT_H
#define UPLINK_UPLINK_CLIENT_H

#include "processes/processes.h"
#include "server/address.h"
#include "server/deadlines.h"
#include "server/stream.h"
#include "trunk/trunk.h"
#include "trunk/window.h"
#include "uplink/arrival.h"
#include "uplink/asking.h"

struct uplink_client;

/* The port to which clients connect. */
struct uplink_port {
    const char *store; /* in which its clients are served; "": the first */
    uint16_t number;   /* 0: that of the first store */
    bool is_for_http;  /* and for nothing else */
};

/* Who serves a client. */
enum uplink_course {
    COURSE_STORE,
    COURSE_RELAY, /* HTTP */
    COURSE_NONE,  /* it is refused */
};

/* What the clients of a relay share. */
struct uplink_shared {
    struct memory *memory;
    struct trunk trunk;
    struct asking asking;
    struct deadlines beginning; /* for clients that have to send something */
    struct deadlines deadlines; /* for clients that have to read what is left */
    uint8_t *buffer;            /* of ITEM_BYTES_MAX bytes; clients read into it */
    size_t window;              /* bytes that the store may have sent to a client */

    /* There is something to be sent soon. */
    void (*wake)(struct uplink_shared *shared);

    /* The client's first bytes have come. A refusal has a line in the log. */
    enum uplink_course (*begun)(
        struct uplink_shared *shared, struct uplink_client *client, enum arrival arrival);

    /* Serves HTTP to the client's peer by its stream, which does not read, and of which `begun`
     * was read. False: it cannot, and the stream is still the client's. */
    bool (*serve_http)(
        struct uplink_shared *shared, const struct uplink_client *client, struct span begun);

    /* The client has left, at both ends, and its stream is freed: its number may be used again,
     * and the callee frees it. */
    void (*gone)(struct uplink_shared *shared, struct uplink_client *client);

    /* Its stream is closed, or another's: a line for the log. `reason` is a static string. */
    void (*left)(
        struct uplink_shared *shared, const struct uplink_client *client, const char *reason);
};

struct uplink_client {
    struct list seeking; /* identifying.c's, while its process is sought */
    size_t sought_index; /* likewise */
    struct uplink_shared *shared;
    struct stream *stream; /* NULL: it is freed, or another's */
    uint32_t number;
    union address peer;
    const struct uplink_port *port; /* until the store knows it */
    uint16_t connected_to;          /* the number of that */
    struct asker asker;
    uint8_t start[ARRIVAL_MAX]; /* what it has sent, while that is unclear */
    size_t start_len;
    struct window up;   /* to the store */
    struct window down; /* from it */
    size_t unwritten;   /* bytes that the stream was given since it was not behind */
    struct deadline deadline;
    bool is_local;    /* it runs on this host */
    bool is_new;      /* it is unclear yet who serves it */
    bool is_known;    /* to the store */
    bool is_speaking; /* the store's protocol */
    bool reads;
    bool is_leaving; /* the store has sent all, or does not know it */
    bool has_left;   /* it has told the store so */
    bool is_closing;
};

/* Of the clients. */
extern const struct asking_events uplink_client_asking;

/* Opens the client of the stream, which it owns from then on. The store learns of it with its
 * first bytes, and so of none that speaks to the relay only, or not at all. `is_local`: it runs
 * on this host. `port` is borrowed. */
void uplink_client_open(
    struct uplink_client *client, struct uplink_shared *shared, struct stream *stream,
    uint32_t number, const union address *peer, bool is_local, const struct uplink_port *port);

/* Tells the store which process of this host it is, unless it has left. */
void uplink_client_tell_about(struct uplink_client *client, const struct process *process);

/* Sends it bytes from the store. */
void uplink_client_deliver(struct uplink_client *client, struct span bytes);

/* The store has taken so many of its bytes. False: it cannot have. */
TCPSTORE_MUST_USE
bool uplink_client_told(struct uplink_client *client, uint32_t taken);

/* The store has disconnected it: it gets what it was sent before. */
void uplink_client_leave(struct uplink_client *client);

/* There is room for its bytes again. */
void uplink_client_go_on(struct uplink_client *client);

/* Tells the store that it has left. Its stream is still open. */
void uplink_client_tell_left(struct uplink_client *client);

/* It has not sent anything, or not read what is left, in time. */
void uplink_client_expire(struct uplink_client *client);

/* Disconnects it at once; the store is not told. `reason` is a static string. */
void uplink_client_drop(struct uplink_client *client, const char *reason);

#endif
