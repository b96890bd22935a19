/*
 * Bytes with several owners: a large value is received into a blob, stored as
 * it lies there, and sent from there, also when the key has a new value by then.
 *
 * Whoever shares a blob does not change the bytes it has shared. Not thread-safe.
 */
#ifndef BASE_BLOB_H
#define BASE_BLOB_H

#include "base/memory.h"
#include "base/span.h"

struct blob {
    struct memory *memory;
    size_t owners;
    size_t capacity;
    uint8_t bytes[];
};

/* One owner, the caller; contents undefined. NULL if memory is refused. */
struct blob *blob_new(struct memory *memory, size_t capacity);

/* The blob with another capacity, its bytes kept as far as they fit; the caller must be
 * its only owner. NULL if memory is refused, and then the blob is as it was. */
struct blob *blob_resize(struct blob *blob, size_t capacity);

/* One owner more. Returns the blob. */
struct blob *blob_retain(struct blob *blob);

/* One owner less; the last one frees it. NULL is fine. */
void blob_release(struct blob *blob);

/* Bytes that lie in a blob, or, if `blob` is null, elsewhere: then they are only
 * borrowed. Whether a slice owns a share of its blob says the place that holds it. */
struct slice {
    struct span span;
    struct blob *blob;
};

static inline struct slice slice_borrowed(struct span span)
{
    return (struct slice){.span = span};
}

/*
 * The bytes for keeping: in the blob they lie in if they fill most of it and `memory` is its
 * own, and otherwise copied to a new one. The caller owns a share of *ret_kept's blob.
 * TCPSTORE_ENOMEM.
 */
int blob_keep(struct memory *memory, const struct slice *bytes, struct slice *ret_kept);

#endif
