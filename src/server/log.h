/* One event, one line of key=value words, to whoever asked for the log. */
#ifndef SERVER_LOG_H
#define SERVER_LOG_H

#include <tcpstore/server.h>

#include "base/span.h"

struct log {
    tcpstore_log_fn *write; /* NULL: nobody asked */
    void *context;
    enum tcpstore_log_level level;
};

/* `event` is the event's name, `format` the words that follow it; whatever a peer has chosen
 * must have gone through log_quote. A line that is too long is cut. */
__attribute__((format(printf, 4, 5))) void log_write(
    const struct log *log, enum tcpstore_log_level level, const char *event, const char *format,
    ...);

enum {
    LOG_QUOTED_MAX = 256 /* bytes of a quoted text with its terminator */
};

/* Bytes as they may stand in a line: in double quotes, with escapes for all that is not
 * plain ASCII, cut with "…" when too long. Returns `text`. */
const char *log_quote(struct span bytes, char text[LOG_QUOTED_MAX]);

#endif
