/* A server's state. All of it belongs to the loop's thread, except where noted. */
#ifndef SERVER_SERVER_H
#define SERVER_SERVER_H

#include <pthread.h>
#include <stdatomic.h>
#include <uv.h>

#include <tcpstore/server.h>

#include "engine/engine.h"
#include "server/acceptor.h"
#include "server/client_log.h"

enum { READ_BUFFER_SIZE = 64 * 1024 };

struct tcpstore_server {
    struct tcpstore_limits limits;
    struct client_log client_log;
    struct acceptor acceptor;
    struct memory memory;       /* for what clients store, and for serving them */
    struct memory local_memory; /* the same and a reserve, for clients on this host */
    struct engine engine;

    uv_loop_t loop;
    uv_async_t stop_request;   /* the only handle that other threads use */
    uv_timer_t validate_timer; /* for the first of `strangers` */
    uv_idle_t turn_idle;       /* while there are `turns` */

    struct list conns;
    struct list strangers;   /* those that have not validated, longest connected first */
    struct list turns;       /* those that have had one and have more to ask */
    uint64_t grace_given_at; /* loop time, ms: clients whose deadline passed before have had a
                                last read */
    size_t conn_count;       /* the closing ones included */
    size_t guest_count;      /* those of them that are beyond the limit */
    bool stopping;

    struct outbox replies; /* of the requests being handled; empty in between */
    uint8_t read_buffer[READ_BUFFER_SIZE];

    atomic_flag used; /* run or start was called */
    bool has_thread;
    pthread_t thread;
};

/* Returns freed heap to the system. Slow: call it when no client is connected. */
void server_give_back_memory(void);

#endif
