#include "why/numbers.h"

#include <inttypes.h>
#include <stdio.h>

enum {
    WORD_BITS = 64,
    RANGE_MAX = 23, /* characters: two numbers, "-" and "," */
};

static const char more[] = "…";

static size_t words_for(uint32_t bound)
{
    return bound / WORD_BITS + 1;
}

int numbers_init(struct numbers *numbers, struct memory *memory, uint32_t bound)
{
    size_t size = words_for(bound) * sizeof(*numbers->words);

    *numbers = (struct numbers){.words = memory_alloc(memory, size), .bound = bound};
    if (numbers->words == NULL)
        return TCPSTORE_ENOMEM;
    memset(numbers->words, 0, size);
    return 0;
}

void numbers_done(struct numbers *numbers, struct memory *memory)
{
    if (numbers->words != NULL)
        memory_free(
            memory, numbers->words, words_for(numbers->bound) * sizeof(*numbers->words));
    *numbers = (struct numbers){0};
}

bool numbers_has(const struct numbers *numbers, uint32_t number)
{
    return number < numbers->bound &&
           (numbers->words[number / WORD_BITS] >> number % WORD_BITS & 1) != 0;
}

void numbers_add(struct numbers *numbers, uint32_t number)
{
    if (number >= numbers->bound || numbers_has(numbers, number))
        return;
    numbers->words[number / WORD_BITS] |= UINT64_C(1) << number % WORD_BITS;
    numbers->count++;
}

bool numbers_are_disjoint(const struct numbers *a, const struct numbers *b)
{
    size_t words = words_for(a->bound < b->bound ? a->bound : b->bound);

    for (size_t i = 0; i < words; i++)
        if ((a->words[i] & b->words[i]) != 0)
            return false;
    return true;
}

uint32_t numbers_next(const struct numbers *numbers, uint32_t from, bool is_in)
{
    while (from < numbers->bound && numbers_has(numbers, from) != is_in)
        from++;
    return from < numbers->bound ? from : numbers->bound;
}

static size_t format_range(char *text, size_t size, uint32_t first, uint32_t last)
{
    int len = first == last ? snprintf(text, size, "%" PRIu32, first)
                            : snprintf(text, size, "%" PRIu32 "-%" PRIu32, first, last);

    return (size_t)len;
}

size_t numbers_format(const struct numbers *numbers, char *text, size_t size)
{
    size_t len = 0;
    uint32_t first = numbers_next(numbers, 0, true);

    while (first < numbers->bound) {
        uint32_t after = numbers_next(numbers, first, false);

        if (len + RANGE_MAX + sizeof(more) > size)
            return len + (size_t)snprintf(text + len, size - len, "%s", more);
        if (len > 0)
            text[len++] = ',';
        len += format_range(text + len, size - len, first, after - 1);
        first = numbers_next(numbers, after, true);
    }
    return len;
}
