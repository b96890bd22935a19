/* A time as the log writes it. */
#ifndef TCPSTORED_TIMESTAMP_H
#define TCPSTORED_TIMESTAMP_H

#include <time.h>

enum { TIMESTAMP_SIZE = sizeof("2026-11-24T03:46:08.123Z") };

/* UTC, from 1970 to 9999. Async-signal-safe, unlike gmtime_r, which takes a lock. */
void timestamp_format(const struct timespec *time, char text[TIMESTAMP_SIZE]);

#endif
