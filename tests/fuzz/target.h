/* What the fuzz targets share. Each is called with one input after another, by libFuzzer, AFL++
 * or replay.c, and ends the program when something is not as it must be. */
#ifndef FUZZ_TARGET_H
#define FUZZ_TARGET_H

#include <sanitizer/asan_interface.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/span.h"

/* The name and the type are libFuzzer's; answers 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* In every build, with or without NDEBUG. */
#define MUST(condition)                                                                     \
    do {                                                                                    \
        if (!(condition)) {                                                                 \
            fprintf(stderr, "%s:%d: it must be that %s\n", __FILE__, __LINE__, #condition); \
            abort();                                                                        \
        }                                                                                   \
    } while (0)

/* Under AddressSanitizer whoever looks at hidden bytes is found out. */
static inline void hide(struct span bytes)
{
    ASAN_POISON_MEMORY_REGION(bytes.bytes, bytes.len);
}

static inline void show(struct span bytes)
{
    ASAN_UNPOISON_MEMORY_REGION(bytes.bytes, bytes.len);
}

/* Takes as many of the `len` bytes as there are. */
static inline struct span take(struct span *input, size_t len)
{
    struct span taken = span_of(input->bytes, len < input->len ? len : input->len);

    *input = span_from(*input, taken.len);
    return taken;
}

/* 0 at the end of the input. */
static inline uint8_t take_byte(struct span *input)
{
    struct span taken = take(input, 1);

    return taken.len > 0 ? taken.bytes[0] : 0;
}

#endif
