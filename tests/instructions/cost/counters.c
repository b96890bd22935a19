#include "counters.h"

struct counters counters;

/* The compiler and the linker choose these names.
 * NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*) */

void __sanitizer_cov_trace_pc(void);
void *__real_memcpy(void *to, const void *from, size_t len);
void *__real_memmove(void *to, const void *from, size_t len);
void *__real_memset(void *to, int byte, size_t len);
int __real_memcmp(const void *a, const void *b, size_t len);
void *__wrap_memcpy(void *to, const void *from, size_t len);
void *__wrap_memmove(void *to, const void *from, size_t len);
void *__wrap_memset(void *to, int byte, size_t len);
int __wrap_memcmp(const void *a, const void *b, size_t len);
int __wrap_bcmp(const void *a, const void *b, size_t len);

/* The compiler calls it at the start of each block of the rooms. */
void __sanitizer_cov_trace_pc(void)
{
    counters.blocks++;
}

void counters_add_blocks(uint64_t blocks)
{
    counters.blocks += blocks;
}

void *__wrap_memcpy(void *to, const void *from, size_t len)
{
    counters.bytes += len;
    return __real_memcpy(to, from, len);
}

void *__wrap_memmove(void *to, const void *from, size_t len)
{
    counters.bytes += len;
    return __real_memmove(to, from, len);
}

void *__wrap_memset(void *to, int byte, size_t len)
{
    counters.bytes += len;
    return __real_memset(to, byte, len);
}

int __wrap_memcmp(const void *a, const void *b, size_t len)
{
    counters.bytes += len;
    return __real_memcmp(a, b, len);
}

/* clang calls it where only equality is asked for. */
int __wrap_bcmp(const void *a, const void *b, size_t len)
{
    return __wrap_memcmp(a, b, len);
}

/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */
