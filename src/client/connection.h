/* One connection, shared by several handles and threads, with one operation at a time. */
#ifndef CLIENT_CONNECTION_H
#define CLIENT_CONNECTION_H

#include <pthread.h>

#include "client/connect.h"
#include "client/flight.h"

enum { LOST_REASON_MAX = 128 };

struct connection {
    /* Constant. */
    char *host;
    char *server;
    struct tls_transport *tls; /* NULL: not encrypted */
    struct target target;
    int32_t timeout_ms;
    size_t answer_bytes_max;

    pthread_mutex_t mutex; /* protects `locked` and `handles` */
    pthread_cond_t unlocked;
    bool locked;
    unsigned handles;

    /* For the thread that has locked it. */
    struct transport transport;
    struct flight flight;
    char lost_reason[LOST_REASON_MAX];
};

/* Connects, and counts one handle. Errors as tcpstore_client_connect. */
int connection_new(
    const struct tcpstore_client_options *options, struct tcpstore_error *error,
    struct connection **ret_connection);

void connection_ref(struct connection *connection);

/* The last handle closes and frees the connection. */
void connection_unref(struct connection *connection);

/* Locks it for one operation. False if others hold it until `deadline` (monotonic.h). */
bool connection_lock(struct connection *connection, int64_t deadline);

/* Clears the flight, too. */
void connection_unlock(struct connection *connection);

bool connection_is_lost(const struct connection *connection);

/* From here on it is lost; `reason` is copied. */
void connection_close(struct connection *connection, const char *reason);

#endif
