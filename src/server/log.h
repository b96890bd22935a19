/* The log that the options ask for: one line of key=value words for each event. */
#ifndef SERVER_LOG_H
#define SERVER_LOG_H

#include <tcpstore/server.h>

#include "base/span.h"

struct log {
    tcpstore_log_fn *write; /* NULL: no log */
    void *context;
    enum tcpstore_log_level level;
    const char *store; /* NULL: events are not about a store with a name */
};

/* `event` names the event; `format` makes the words after it. Bytes that a peer chose have to
 * be quoted by log_quote. A line that is too long is cut. */
__attribute__((format(printf, 4, 5))) void log_write(
    const struct log *log, enum tcpstore_log_level level, const char *event, const char *format,
    ...);

enum {
    LOG_QUOTED_MAX = 256 /* bytes, with the terminator */
};

/* Quotes bytes for a line: double quotes, escapes for all but printable ASCII, "…" where a long
 * text is cut. Returns `text`. */
const char *log_quote(struct span bytes, char text[LOG_QUOTED_MAX]);

#endif
