/*
 * Lines of the log that clients cause. A client can cause any number of them, so from level
 * info on they are limited by kind and network (server/throttle.h). Those left out are counted
 * in `suppressed=` of the next such line, or in a line `log-suppressed` when no more come.
 */
#ifndef SERVER_CLIENT_LOG_H
#define SERVER_CLIENT_LOG_H

#include "server/server.h"

/* `event` and `reason` are the kind, in static storage and compared as pointers; `reason` is
 * NULL if the event has only one. `peer` is NULL if the event concerns no client in particular.
 * `format` makes the words that follow `client=`. */
__attribute__((format(printf, 6, 7))) void client_log_event(
    struct tcpstore_server *server, enum tcpstore_log_level level, const char *event,
    const char *reason, const union address *peer, const char *format, ...);

/* Logs all open counts. Call it last. */
void client_log_end(struct tcpstore_server *server);

#endif
