/* What all stores of a server share. It belongs to the loop's thread. */
#ifndef EMBED_COMMON_H
#define EMBED_COMMON_H

#include "embed/http_access.h"
#include "embed/relaying.h"
#include "embed/security.h"
#include "server/bridge.h"
#include "server/clients.h"

struct common {
    uv_loop_t loop;
    struct turns turns;
    struct log log;
    struct recorder recorder;
    struct tcpstore_limits limits;
    struct budget budget;
    struct headcount headcount;
    struct durations durations;
    uint8_t read_buffer[READ_BUFFER_SIZE];
    struct allow_list allowed;
    struct census_taker census_taker;
    struct observer observer;
    struct http_access http_access;
    struct security security;
    struct bridges bridges;
    struct relaying relaying;
    bool serves_http; /* on the ports of stores */
    bool identifies;
    bool has_served; /* a client, maybe of a store that is gone */
    int64_t started_unix_ms;
    uint64_t started_at; /* ms of the loop's clock */
};

#endif
