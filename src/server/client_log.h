/*
 * Lines of the log that clients cause. A client can cause as many as it likes, so from level
 * info on they are limited by kind and network (server/throttle.h): what was left out is said
 * by `suppressed=` of the next such line, or by a line `log-suppressed` when no more come.
 */
#ifndef SERVER_CLIENT_LOG_H
#define SERVER_CLIENT_LOG_H

#include "server/server.h"

/* `event` and `reason` are the kind, in static storage and compared as pointers; `reason` is
 * NULL where the event has but one. `peer` is NULL where it is about no client in particular.
 * `format` makes the words that follow `client=`. */
__attribute__((format(printf, 6, 7))) void client_log_event(
    struct tcpstore_server *server, enum tcpstore_log_level level, const char *event,
    const char *reason, const union address *peer, const char *format, ...);

/* Logs all counts that are open: nothing follows. */
void client_log_end(struct tcpstore_server *server);

#endif
