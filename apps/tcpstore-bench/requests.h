/*
 * Encoded requests, contiguous in memory, made before the measurement. Large values are not
 * copied into the requests, which have gaps for them: the same value is sent in each gap.
 */
#ifndef BENCH_REQUESTS_H
#define BENCH_REQUESTS_H

#include "base/span.h"
#include "tcpstore-bench/pieces.h"
#include "wire/opcode.h"

/* All keys have the same length, so that all requests of an operation and all replies do. */
enum { KEY_SIZE = 32 };

/* All zero: empty. */
struct requests {
    uint8_t *bytes; /* all but large values */
    size_t len;
    size_t capacity;
    size_t *gaps; /* offsets in `bytes` */
    size_t gap_count;
    size_t gap_capacity;
    struct span value; /* for every gap; borrowed */
    struct iovec *pieces;
    size_t piece_capacity;
};

/* Keeps the memory for further requests. */
void requests_clear(struct requests *requests);

void requests_free(struct requests *requests);

/* The bytes to send. If they are `units` of the same length and operation, each unit has the
 * same number of pieces. Valid until the requests change or the large value is freed. */
struct pieces requests_pieces(struct requests *requests, size_t units);

void requests_name_key(uint64_t index, uint8_t ret_name[KEY_SIZE]);

void requests_validate(struct requests *requests);
void requests_ping(struct requests *requests, uint32_t nonce);
void requests_cancel_wait(struct requests *requests);
void requests_get(struct requests *requests, uint64_t key);

/* All large values in the same `requests` must be the same value. */
void requests_set(struct requests *requests, uint64_t key, struct span value);
void requests_add(struct requests *requests, uint64_t key, int64_t delta);
void requests_barrier(struct requests *requests, uint64_t key, int64_t world_size);

/* CHECK, WAIT or MULTI_GET of `count` keys from `first` on. */
void requests_keys(
    struct requests *requests, enum wire_opcode opcode, uint64_t first, size_t count);

/* MULTI_SET of `count` keys from `first` on, all to the same value. */
void requests_multi_set(
    struct requests *requests, uint64_t first, size_t count, struct span value);

/* The first of 10^9 keys that no earlier run has set on this server, for scenarios that wait
 * for keys. They repeat only after exactly 1,000 s, to the millisecond. */
uint64_t requests_unused_keys(void);

#endif
