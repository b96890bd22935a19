/*
 * The relay: it serves the clients of its node by a store elsewhere,
 * over one connection, its link. It finds the store again when the link breaks. Call the
 * functions on the loop's thread.
 */
#ifndef UPLINK_UPLINK_H
#define UPLINK_UPLINK_H

#include "link/link.h"
#include "trunk/greeting.h"
#include "uplink/dialer.h"
#include "uplink/uplink_clients.h"

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
    struct uplink_clients clients;
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
    enum remedy remedy;      /* for that */
    size_t tried;            /* upstream that `why` is about */
    uint64_t next_report_ms; /* of waiting, that is logged */
    size_t reported;         /* upstream that the latest report was about */
    char reported_why[TLS_TEXT_MAX];
    uint32_t changes; /* of the reason, that were reported in this wait */
    uint64_t
        silent_since; /* ms of the loop's clock; the store owes an answer; 0: it does not */
    char name[UV_MAXHOSTNAMESIZE]; /* of this host */
    uint8_t link_buffer[LINK_BUFFER_SIZE];
};

/* Looks for the store from now on. */
void uplink_init(struct uplink *uplink, const struct uplink_config *config);

/* The way to the store for other relays: this one, and those above it. False: it has no store
 * now. */
bool uplink_finds_store(const struct uplink *uplink, struct relay_path *ret_path);

/* For how long, in ms, the store has sent nothing, though it should have. */
uint64_t uplink_silence(const struct uplink *uplink);

/* Whether there is a store that answers. */
bool uplink_is_well(const struct uplink *uplink);

/* Tells the store that its clients leave, and disconnects them. */
void uplink_close(struct uplink *uplink);

/* Frees everything, when the loop has run after uplink_close. */
void uplink_done(struct uplink *uplink);

#endif
