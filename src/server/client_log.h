/* Log lines that clients cause. A client can cause any number of them, so lines of level info
 * and above are limited by kind and network (server/throttle.h). The kind's next line reports
 * in `suppressed=` how many were suppressed; if none follows, a line `log-suppressed` does. */
#ifndef SERVER_CLIENT_LOG_H
#define SERVER_CLIENT_LOG_H

#include <uv.h>

#include "server/address.h"
#include "server/event_counts.h"
#include "server/log.h"
#include "server/throttle.h"

struct client_log {
    struct event_counts counts;
    struct log log; /* also used for lines that no client causes */
    struct throttle throttle;
    uv_timer_t timer; /* runs while `throttle` has counts to report */
};

void client_log_init(struct client_log *client_log, uv_loop_t *loop, const struct log *log);

/* `event` and `reason` are the kind: static strings that are compared as pointers. `reason` is
 * NULL if the event has only one. `peer` is NULL if the event concerns no client in particular.
 * All clients of Unix sockets count as one network.
 * `format` makes the words after `client=`. */
__attribute__((format(printf, 6, 7))) void client_log_write(
    struct client_log *client_log, enum tcpstore_log_level level, const char *event,
    const char *reason, const union address *peer, const char *format, ...);

/* Reports all counts and closes the timer. No line may be written afterwards. */
void client_log_close(struct client_log *client_log);

#endif
