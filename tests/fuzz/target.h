/* Shared by the fuzz targets. libFuzzer, AFL++ or replay.c calls a target with one input after
 * another; the target aborts if a check fails. */
#ifndef FUZZ_TARGET_H
#define FUZZ_TARGET_H

#include <sanitizer/asan_interface.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/span.h"

/* libFuzzer defines the name and the type. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An assertion that NDEBUG does not remove. */
#define MUST(condition)                                                                   \
    do {                                                                                  \
        if (!(condition)) {                                                               \
            fprintf(stderr, "%s:%d: check failed: %s\n", __FILE__, __LINE__, #condition); \
            abort();                                                                      \
        }                                                                                 \
    } while (0)

/* AddressSanitizer reports every access to hidden bytes. */
static inline void hide(struct span bytes)
{
    ASAN_POISON_MEMORY_REGION(bytes.bytes, bytes.len);
}

static inline void show(struct span bytes)
{
    ASAN_UNPOISON_MEMORY_REGION(bytes.bytes, bytes.len);
}

/* Removes up to `len` bytes from the front of the input. */
static inline struct span take(struct span *input, size_t len)
{
    struct span taken = span_of(input->bytes, len < input->len ? len : input->len);

    *input = span_from(*input, taken.len);
    return taken;
}

/* Returns 0 at the end of the input. */
static inline uint8_t take_byte(struct span *input)
{
    struct span taken = take(input, 1);

    return taken.len > 0 ? taken.bytes[0] : 0;
}

#endif
