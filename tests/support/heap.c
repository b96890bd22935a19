#include "support/heap.h"

#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

/* The linker chooses these names. NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*) */

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *pointer, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *pointer, size_t size);
char *__wrap_strdup(const char *text);

/* Volatile, because compilers assume that malloc does not change these. */
static _Thread_local volatile size_t until_refusal;
static _Thread_local volatile bool refused;
static _Thread_local volatile size_t largest;
static atomic_size_t most = SIZE_MAX;
static atomic_size_t until_refusal_elsewhere;
static atomic_bool refused_elsewhere;
static _Thread_local volatile bool is_exempt;

static bool is_refused_elsewhere(void)
{
    size_t left = atomic_load(&until_refusal_elsewhere);

    while (left > 0 &&
           !atomic_compare_exchange_weak(&until_refusal_elsewhere, &left, left - 1)) {
    }
    if (left == 1)
        atomic_store(&refused_elsewhere, true);
    return left == 1;
}

static bool is_refused(size_t size)
{
    if (size > largest)
        largest = size;
    if (!is_exempt && is_refused_elsewhere())
        return true;
    if (size > atomic_load(&most))
        return true;
    if (until_refusal == 0)
        return false;
    until_refusal--;
    if (until_refusal > 0)
        return false;
    refused = true;
    return true;
}

void *__wrap_malloc(size_t size)
{
    return is_refused(size) ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return is_refused(count * size) ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *pointer, size_t size)
{
    return is_refused(size) ? NULL : __real_realloc(pointer, size);
}

char *__wrap_strdup(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = __wrap_malloc(size);

    return copy == NULL ? NULL : memcpy(copy, text, size);
}

void heap_refuse(size_t nth)
{
    until_refusal = nth;
    refused = false;
}

void heap_refuse_elsewhere(size_t nth)
{
    is_exempt = true;
    atomic_store(&refused_elsewhere, false);
    atomic_store(&until_refusal_elsewhere, nth);
}

bool heap_has_refused_elsewhere(void)
{
    return atomic_load(&refused_elsewhere);
}

void heap_refuse_above(size_t size)
{
    atomic_store(&most, size);
}

bool heap_has_refused(void)
{
    return refused;
}

size_t heap_largest(void)
{
    size_t size = largest;

    largest = 0;
    return size;
}

/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */
