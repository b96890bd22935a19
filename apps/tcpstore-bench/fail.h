/* A measurement that cannot go on has no result: it says why and ends the program. */
#ifndef BENCH_FAIL_H
#define BENCH_FAIL_H

/* Prints "tcpstore-bench: …" to stderr and exits with status 1. */
void fail(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* calloc that cannot fail. */
void *allocate(unsigned long count, unsigned long size);

#endif
