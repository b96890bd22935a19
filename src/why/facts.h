/*
 * What a store knows of its clients at one moment, and what it is asked about its keys. All
 * spans are borrowed: they must stay valid as long as the facts are used. Times are
 * milliseconds before that moment.
 */
#ifndef WHY_FACTS_H
#define WHY_FACTS_H

#include "base/span.h"

enum {
    FACTS_KEY_MAX = 1024,      /* bytes of a key; of a longer one, its last bytes */
    FACTS_WORLD_MAX = 1 << 20, /* ranks */
};

struct facts_client {
    uint64_t number;        /* of the connection, counted from 1 */
    struct span peer;       /* "10.0.1.41:30085", or "node7:30085" behind a relay */
    size_t host_len;        /* of the front of `peer`, without the port */
    struct span first_key;  /* that it has set; empty: none */
    struct span awaited;    /* the first name that its WAIT or BARRIER missed */
    uint64_t awaited_count; /* names that it missed; 0: it does not wait */
    int64_t barrier_size;   /* of the BARRIER that it waits in; 0: it is in none */
    int64_t waiting_ms;
    int64_t connected_ms;
    int64_t silent_ms; /* since its last request */
    uint64_t requests;
    bool is_relayed; /* its relay tells what follows of its process, and its host */
    bool has_left;
    int64_t left_ms;
    const char *reason;  /* why its connection has ended */
    int32_t rank;        /* as its process says; -1: unknown */
    int32_t pid;         /* 0: unknown */
    struct span process; /* "python train.py"; empty: unknown */
};

struct facts {
    const struct facts_client *clients;
    size_t client_count;
    uint32_t
        world; /* ranks of the job, as the user says, at most FACTS_WORLD_MAX; 0: unknown */
};

static inline struct span facts_host(const struct facts_client *client)
{
    return span_of(client->peer.bytes, client->host_len);
}

#endif
