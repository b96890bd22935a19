#include "base/blob.h"

#include <assert.h>

#include <tcpstore/error.h>

struct blob *blob_new(struct memory *memory, size_t capacity)
{
    struct blob *blob;

    if (capacity > SIZE_MAX - sizeof(*blob))
        return NULL;
    blob = memory_alloc(memory, sizeof(*blob) + capacity);
    if (blob != NULL)
        *blob = (struct blob){.memory = memory, .owners = 1, .capacity = capacity};
    return blob;
}

struct blob *blob_resize(struct blob *blob, size_t capacity)
{
    struct blob *resized;

    assert(blob->owners == 1);
    if (capacity > SIZE_MAX - sizeof(*blob))
        return NULL;
    resized = memory_realloc(
        blob->memory, blob, sizeof(*blob) + blob->capacity, sizeof(*blob) + capacity);
    if (resized != NULL)
        resized->capacity = capacity;
    return resized;
}

struct blob *blob_retain(struct blob *blob)
{
    blob->owners++;
    return blob;
}

void blob_release(struct blob *blob)
{
    if (blob != NULL && --blob->owners == 0)
        memory_free(blob->memory, blob, sizeof(*blob) + blob->capacity);
}

/* Whether `len` bytes can stay in the blob, without waste and charged to `memory`. Inlined,
 * this rare case costs every request two instructions. */
static __attribute__((noinline)) bool can_share(
    const struct blob *blob, const struct memory *memory, size_t len)
{
    return len >= blob->capacity / 4 * 3 && blob->memory == memory;
}

int blob_keep(struct memory *memory, const struct slice *bytes, struct slice *ret_kept)
{
    struct blob *blob = bytes->blob;
    struct span span = bytes->span;

    if (blob != NULL && can_share(blob, memory, span.len)) {
        blob_retain(blob);
    } else {
        blob = blob_new(memory, span.len);
        if (blob == NULL)
            return TCPSTORE_ENOMEM;
        span_copy(blob->bytes, span);
        span.bytes = blob->bytes;
    }
    *ret_kept = (struct slice){.span = span, .blob = blob};
    return 0;
}
