/* Makes a request again of what a record has of it. */
#ifndef BENCH_REPLAY_REQUEST_H
#define BENCH_REPLAY_REQUEST_H

#include <stdbool.h>

#include "base/span.h"

/* Bytes that grow at their end. All zero: empty. */
struct replay_bytes {
    uint8_t *bytes;
    size_t len;
    size_t capacity;
};

/* Makes room at the end, for the caller to fill. */
uint8_t *replay_bytes_extend(struct replay_bytes *bytes, size_t len);

/* Appends the request. Values have their recorded length and are a decimal, so that a later ADD
 * succeeds. Of a list that is cut, it has the keys that are known, *ret_keys is their
 * number, and *ret_is_short is true. Returns false if too little is known. */
bool replay_request(
    struct span recorded, struct replay_bytes *bytes, size_t *ret_keys, bool *ret_is_short);

#endif
