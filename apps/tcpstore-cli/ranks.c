#include "tcpstore-cli/ranks.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/quantity.h"
#include "tcpstore-cli/memory.h"

static const char between[] = "..";

/* Cuts "A..B" in two; "A" is both its ends. */
static int parse_ends(const char *text, uint64_t *ret_first, uint64_t *ret_last)
{
    const char *dots = strstr(text, between);
    char first[QUANTITY_TEXT_SIZE];
    size_t size = dots != NULL ? (size_t)(dots - text) : strlen(text);
    const char *last = dots != NULL ? dots + strlen(between) : first;

    if (size >= sizeof(first))
        return -1;
    memcpy(first, text, size);
    first[size] = '\0';
    if (quantity_parse_number(first, ret_first) || quantity_parse_number(last, ret_last))
        return -1;
    return *ret_first <= *ret_last ? 0 : -1;
}

int ranks_add(struct ranks *ranks, const char *text)
{
    uint64_t first;
    uint64_t last;

    if (parse_ends(text, &first, &last) || last - first >= RANKS_MAX - ranks->count)
        return -1;
    for (uint64_t rank = first; rank - first <= last - first; rank++) {
        if (ranks->count == ranks->capacity) {
            ranks->capacity = memory_grown(ranks->capacity, ranks->count + 1);
            ranks->numbers =
                memory_resize(ranks->numbers, ranks->capacity, sizeof(*ranks->numbers));
        }
        ranks->numbers[ranks->count++] = rank;
    }
    return 0;
}

static int compare(const void *left, const void *right)
{
    uint64_t one = *(const uint64_t *)left;
    uint64_t other = *(const uint64_t *)right;

    return (one > other) - (one < other);
}

void ranks_settle(struct ranks *ranks)
{
    size_t kept = 0;

    if (ranks->count > 0)
        qsort(ranks->numbers, ranks->count, sizeof(*ranks->numbers), compare);
    for (size_t i = 0; i < ranks->count; i++) {
        if (kept == 0 || ranks->numbers[kept - 1] != ranks->numbers[i])
            ranks->numbers[kept++] = ranks->numbers[i];
    }
    ranks->count = kept;
}

/* How many follow each other without a gap, from that index on. */
static size_t run_length(const struct ranks *ranks, size_t from)
{
    size_t length = 1;

    while (from + length < ranks->count &&
           ranks->numbers[from + length] == ranks->numbers[from] + length)
        length++;
    return length;
}

void ranks_describe(const struct ranks *ranks, size_t most, struct bytes *text)
{
    size_t length;

    for (size_t i = 0; i < ranks->count; i += length) {
        char part[(size_t)2 * QUANTITY_TEXT_SIZE + sizeof(between)];

        length = run_length(ranks, i);
        bytes_append_text(text, i > 0 ? ", " : "");
        if (most-- == 0) {
            bytes_append_text(text, "and more");
            break;
        }
        if (length == 1)
            snprintf(part, sizeof(part), "%" PRIu64, ranks->numbers[i]);
        else
            snprintf(
                part, sizeof(part), "%" PRIu64 "%s%" PRIu64, ranks->numbers[i], between,
                ranks->numbers[i + length - 1]);
        bytes_append_text(text, part);
    }
}

void ranks_done(struct ranks *ranks)
{
    free(ranks->numbers);
    *ranks = (struct ranks){0};
}

void ranks_fill_in(const char *pattern, uint64_t rank, struct bytes *text)
{
    char number[QUANTITY_TEXT_SIZE];
    const char *braces;

    quantity_format_number(rank, number);
    while ((braces = strstr(pattern, "{}")) != NULL) {
        bytes_append(text, pattern, (size_t)(braces - pattern));
        bytes_append_text(text, number);
        pattern = braces + 2;
    }
    bytes_append_text(text, pattern);
}
