/* Every test program includes this first: cmocka with the headers that it needs, and spans. */
#ifndef SUPPORT_TEST_H
#define SUPPORT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/span.h"

#ifdef __clang_analyzer__
#include <stdlib.h>

/* cmocka does not declare that a failed assertion does not return. */
#undef assert_true
#define assert_true(condition) ((condition) ? (void)0 : abort())
#undef assert_non_null
#define assert_non_null(pointer) assert_true((pointer) != NULL)
#endif

static inline struct span text(const char *string)
{
    return span_of(string, strlen(string));
}

/* A failure prints both lengths or the bytes that differ. */
#define assert_spans_equal(actual, expected)                                    \
    do {                                                                        \
        struct span actual_ = (actual);                                         \
        struct span expected_ = (expected);                                     \
                                                                                \
        assert_int_equal(actual_.len, expected_.len);                           \
        if (expected_.len > 0)                                                  \
            assert_memory_equal(actual_.bytes, expected_.bytes, expected_.len); \
    } while (0)

#define assert_span_is(actual, string) assert_spans_equal(actual, text(string))

#endif
