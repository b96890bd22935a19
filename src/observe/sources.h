/* Where answers come from. All is borrowed. */
#ifndef OBSERVE_SOURCES_H
#define OBSERVE_SOURCES_H

#include "observe/cursors.h"
#include "observe/lag.h"
#include "observe/slow_waits.h"
#include "server/acceptor.h"
#include "server/recorder.h"

enum { STORE_NAME_MAX = 64 /* bytes, without the terminator */ };

struct sources {
    const char *name; /* of the store; "": the server's first */
    uint64_t number;  /* of the store; 0: the first */
    bool identifies;  /* clients of this host by their processes */
    struct clients *clients;
    const struct acceptor *acceptor;
    const struct tcpstore_limits *limits;
    struct recorder *recorder;
    const struct slow_waits *slow_waits;
    const struct lag *lag;
    struct cursors *cursors;
    struct facts *facts; /* the census's; for its thread */
    uint64_t started_at; /* ms of the loop's clock */
    int64_t started_unix_ms;
};

#endif
