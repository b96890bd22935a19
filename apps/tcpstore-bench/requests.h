/* Requests one after another in memory, made before the clock starts. */
#ifndef BENCH_REQUESTS_H
#define BENCH_REQUESTS_H

#include "base/span.h"
#include "wire/opcode.h"

/* Every key has the same length, so that requests of a kind do, and replies to them. */
enum { KEY_SIZE = 32 };

/* All zero: empty. */
struct requests {
    uint8_t *bytes;
    size_t len;
    size_t capacity;
};

void requests_free(struct requests *requests);

/* The `index`th key. */
void requests_name_key(uint64_t index, uint8_t ret_name[KEY_SIZE]);

void requests_validate(struct requests *requests);
void requests_ping(struct requests *requests, uint32_t nonce);
void requests_cancel_wait(struct requests *requests);
void requests_get(struct requests *requests, uint64_t key);
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
