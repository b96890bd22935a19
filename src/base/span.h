/* A borrowed view of bytes. */
#ifndef BASE_SPAN_H
#define BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
    const uint8_t *bytes;
    size_t len;
};

/* A place to put bytes. */
struct room {
    uint8_t *bytes; /* NULL: there is none */
    size_t len;
};

static inline struct span span_of(const void *bytes, size_t len)
{
    return (struct span){.bytes = bytes, .len = len};
}

/* The rest from `offset` on. Accepts the empty span with its null pointer: adding 0 to NULL is
 * undefined. */
static inline struct span span_from(struct span span, size_t offset)
{
    return span_of(offset > 0 ? span.bytes + offset : span.bytes, span.len - offset);
}

/* The last `len` bytes. */
static inline struct span span_last(struct span span, size_t len)
{
    return span_from(span, span.len - len);
}

static inline bool span_equal(struct span a, struct span b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.bytes, b.bytes, a.len) == 0);
}

/* As memcmp; of two of which one begins with the other, the shorter one comes first. */
static inline int span_compare(struct span a, struct span b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    int order = len == 0 ? 0 : memcmp(a.bytes, b.bytes, len);

    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

/* memcpy that accepts the empty span with its null pointer. Returns the byte after the copy. */
static inline uint8_t *span_copy(uint8_t *target, struct span source)
{
    if (source.len > 0)
        memcpy(target, source.bytes, source.len);
    return target + source.len;
}

#endif
