/*
 * Counted bytes: a large value is received into a blob, stored in it and sent from it. It can
 * still be sent after its key got another value.
 *
 * Shared bytes must not be changed. Not thread-safe.
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

/* The contents are undefined and the caller is the only owner. NULL if memory is refused. */
struct blob *blob_new(struct memory *memory, size_t capacity);

/* Changes the capacity and keeps the bytes that fit. The caller must be the only owner. NULL if
 * memory is refused; then the blob is unchanged. */
struct blob *blob_resize(struct blob *blob, size_t capacity);

/* Adds an owner. Returns the blob. */
struct blob *blob_retain(struct blob *blob);

/* Removes an owner. Without owners the blob is freed. NULL is fine. */
void blob_release(struct blob *blob);

/* A span in a blob. If `blob` is null, the bytes are borrowed from elsewhere. The comment of
 * each struct that holds a slice says whether the slice owns a share of its blob. */
struct slice {
    struct span span;
    struct blob *blob;
};

static inline struct slice slice_borrowed(struct span span)
{
    return (struct slice){.span = span};
}

/*
 * Keeps the bytes: in their own blob, if they fill most of it and it was allocated from
 * `memory`, otherwise in a copy. The caller owns a share of *ret_kept's blob. TCPSTORE_ENOMEM.
 */
int blob_keep(struct memory *memory, const struct slice *bytes, struct slice *ret_kept);

#endif
