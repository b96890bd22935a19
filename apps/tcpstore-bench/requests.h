/*
 * Requests one after another in memory, made before the clock starts. A large value is not
 * copied into each request that carries it: the requests have a gap for it, and it is sent from
 * where it lies.
 */
#ifndef BENCH_REQUESTS_H
#define BENCH_REQUESTS_H

#include "base/span.h"
#include "tcpstore-bench/pieces.h"
#include "wire/opcode.h"

/* Every key has the same length, so that requests of a kind do, and replies to them. */
enum { KEY_SIZE = 32 };

/* All zero: empty. */
struct requests {
    uint8_t *bytes; /* all but large values */
    size_t len;
    size_t capacity;
    size_t *gaps; /* offsets in `bytes` */
    size_t gap_count;
    size_t gap_capacity;
    struct span value; /* in each gap; the caller's */
    struct iovec *pieces;
    size_t piece_capacity;
};

/* Leaves the memory for the next ones. */
void requests_clear(struct requests *requests);

void requests_free(struct requests *requests);

/* What is to be sent. If they are `units` of the same length and kind, each of these has the
 * same number of pieces. Valid until the requests change, and as long as their large value. */
struct pieces requests_pieces(struct requests *requests, size_t units);

/* The `index`th key. */
void requests_name_key(uint64_t index, uint8_t ret_name[KEY_SIZE]);

void requests_validate(struct requests *requests);
void requests_ping(struct requests *requests, uint32_t nonce);
void requests_cancel_wait(struct requests *requests);
void requests_get(struct requests *requests, uint64_t key);

/* SET; all large values in the same `requests` are one and the same. */
void requests_set(struct requests *requests, uint64_t key, struct span value);
void requests_add(struct requests *requests, uint64_t key, int64_t delta);
void requests_barrier(struct requests *requests, uint64_t key, int64_t world_size);

/* CHECK, WAIT or MULTI_GET of `count` keys from the `first` on. */
void requests_keys(
    struct requests *requests, enum wire_opcode opcode, uint64_t first, size_t count);

/* MULTI_SET of them, all to the same value. */
void requests_multi_set(
    struct requests *requests, uint64_t first, size_t count, struct span value);

/* The first of 10^9 keys that no earlier run against this server has set, for scenarios that
 * wait for keys; unless it was just 1,000 s ago, to the millisecond. */
uint64_t requests_unused_keys(void);

#endif
