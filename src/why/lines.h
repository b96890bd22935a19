/* Text for people, line by line, into an outbox. After an error nothing more is written: ask
 * once, at the end. Not thread-safe. */
#ifndef WHY_LINES_H
#define WHY_LINES_H

#include "base/outbox.h"

struct lines {
    struct outbox *outbox;
    int code; /* 0, TCPSTORE_ENOMEM or TCPSTORE_EOUTPUT */
};

/* At most LINES_PART bytes; what is longer is cut. */
enum { LINES_PART = 200 };
void lines_add(struct lines *lines, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Untrusted bytes, as printable ASCII. */
void lines_add_quoted(struct lines *lines, struct span bytes);

/* "11 s", "5 min", "2 h". */
void lines_add_time(struct lines *lines, int64_t ms);

/* "1 rank", "2 ranks". */
void lines_add_count(struct lines *lines, uint64_t count, const char *noun);

#endif
