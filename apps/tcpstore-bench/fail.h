/* A measurement that fails has no result: the program prints why and exits. */
#ifndef BENCH_FAIL_H
#define BENCH_FAIL_H

/* Prints "tcpstore-bench: …" to stderr and exits with status 1. */
void fail(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* calloc that exits on failure. */
void *allocate(unsigned long count, unsigned long size);

#endif
