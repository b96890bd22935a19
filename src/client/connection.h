/* One connection for several handles and threads, which take turns. */
#ifndef CLIENT_CONNECTION_H
#define CLIENT_CONNECTION_H

#include <pthread.h>

#include "client/connect.h"
#include "client/exchange.h"

enum { LOST_REASON_MAX = 128 };

struct connection {
    /* These never change. */
    char *host;
    char *server;
    struct target target;
    int32_t timeout_ms;
    size_t answer_bytes_max;

    pthread_mutex_t mutex; /* over `taken` and `handles` */
    pthread_cond_t turn_over;
    bool taken;
    unsigned handles;

    /* These are for whose turn it is. */
    struct transport transport;
    struct flight flight;
    char lost_reason[LOST_REASON_MAX];
};

/* Connected, with one handle. Errors as tcpstore_client_connect. */
int connection_new(
    const struct tcpstore_client_options *options, struct tcpstore_error *error,
    struct connection **ret_connection);

void connection_ref(struct connection *connection);

/* The last one closes and frees it. */
void connection_unref(struct connection *connection);

/* Waits for one's turn; false: it did not come by `deadline` (clock.h). */
bool connection_take_turn(struct connection *connection, int64_t deadline);
void connection_end_turn(struct connection *connection);

bool connection_is_lost(const struct connection *connection);

/* Closes it, because of that. */
void connection_give_up(struct connection *connection, const char *reason);

#endif
