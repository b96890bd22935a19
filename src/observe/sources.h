/* Where answers come from. All is borrowed. */
#ifndef OBSERVE_SOURCES_H
#define OBSERVE_SOURCES_H

#include "observe/census.h"
#include "server/acceptor.h"

struct sources {
    struct clients *clients;
    const struct acceptor *acceptor;
    const struct tcpstore_limits *limits;
    uint64_t started_at; /* ms of the loop's clock */
};

#endif
