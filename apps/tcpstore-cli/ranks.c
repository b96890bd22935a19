#include "tcpstore-cli/ranks.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/quantity.h"

static const char range_mark[] = "..";

static int add_range(struct ranks *ranks, uint64_t first, uint64_t last)
{
    if (first > last || last > INT64_MAX || last - first >= RANKS_MAX - ranks->count)
        return -1;
    for (uint64_t rank = first; rank <= last; rank++) {
        if (ranks->count == ranks->capacity) {
            ranks->capacity = memory_grown(ranks->capacity, ranks->count + 1);
            ranks->numbers =
                memory_resize(ranks->numbers, ranks->capacity, sizeof(*ranks->numbers));
        }
        ranks->numbers[ranks->count++] = rank;
    }
    return 0;
}

/* The number is the text up to `end`. */
static int parse_number(const char *text, const char *end, uint64_t *ret_number)
{
    char number[QUANTITY_TEXT_SIZE];
    size_t size = (size_t)(end - text);

    if (size >= sizeof(number))
        return -1;
    memcpy(number, text, size);
    number[size] = '\0';
    return quantity_parse_number(number, ret_number);
}

/* "A", "A..B" or "A-B", which ends at `end`. */
static int add_item(struct ranks *ranks, const char *text, const char *end)
{
    const char *digits_end = text + strspn(text, "0123456789");
    const char *last = digits_end;
    uint64_t ends[2];

    if (strncmp(last, range_mark, strlen(range_mark)) == 0)
        last += strlen(range_mark);
    else if (*last == '-')
        last++;
    if (parse_number(text, digits_end, &ends[0]))
        return -1;
    ends[1] = ends[0];
    if (digits_end != end && parse_number(last, end, &ends[1]))
        return -1;
    return add_range(ranks, ends[0], ends[1]);
}

/* Commas separate the items; one may follow the last. */
static int add_list(struct ranks *ranks, const char *text, const char *end)
{
    do {
        const char *comma = memchr(text, ',', (size_t)(end - text));
        const char *item_end = comma != NULL ? comma : end;

        if (add_item(ranks, text, item_end))
            return -1;
        text = comma != NULL ? comma + 1 : end;
    } while (text != end);
    return 0;
}

int ranks_add(struct ranks *ranks, const char *text)
{
    size_t size = strlen(text);

    if (size >= 2 && text[0] == '{' && text[size - 1] == '}')
        return add_list(ranks, text + 1, text + size - 1);
    return add_list(ranks, text, text + size);
}

static int compare(const void *left, const void *right)
{
    uint64_t one = *(const uint64_t *)left;
    uint64_t other = *(const uint64_t *)right;

    return (one > other) - (one < other);
}

void ranks_sort(struct ranks *ranks)
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

/* How many ranks from that index on are consecutive. */
static size_t run_length(const struct ranks *ranks, size_t from)
{
    size_t length = 1;

    while (from + length < ranks->count &&
           ranks->numbers[from + length] == ranks->numbers[from] + length)
        length++;
    return length;
}

void ranks_describe(const struct ranks *ranks, size_t max_parts, struct bytes *text)
{
    size_t length;

    for (size_t i = 0; i < ranks->count; i += length) {
        char part[(size_t)2 * QUANTITY_TEXT_SIZE + sizeof(range_mark)];

        length = run_length(ranks, i);
        bytes_append_text(text, i > 0 ? ", " : "");
        if (max_parts-- == 0) {
            bytes_append_text(text, "and more");
            break;
        }
        if (length == 1)
            snprintf(part, sizeof(part), "%" PRIu64, ranks->numbers[i]);
        else
            snprintf(
                part, sizeof(part), "%" PRIu64 "%s%" PRIu64, ranks->numbers[i], range_mark,
                ranks->numbers[i + length - 1]);
        bytes_append_text(text, part);
    }
}

void ranks_done(struct ranks *ranks)
{
    free(ranks->numbers);
    *ranks = (struct ranks){0};
}

enum { WIDTH_MAX = 99 };

struct field {
    size_t size; /* in the pattern; 0: not a field */
    int width;
    bool zeros;
};

static const char *read_width(const char *at, struct field *field)
{
    if (*at == '0') {
        field->zeros = true;
        at++;
    }
    while (isdigit((unsigned char)*at) && field->width <= WIDTH_MAX)
        field->width = 10 * field->width + (*at++ - '0');
    return at;
}

/* The field at the start of the text. */
static struct field field_at(const char *text)
{
    struct field field = {0};
    const char *at = text + 1;

    if (text[0] != '{')
        return field;
    if (*at == ':') {
        at = read_width(at + 1, &field);
        if (*at == 'd')
            at++;
    }
    if (*at == '}' && field.width <= WIDTH_MAX)
        field.size = (size_t)(at + 1 - text);
    return field;
}

const char *pattern_error(const char *pattern)
{
    bool found = false;

    while ((pattern = strchr(pattern, '{')) != NULL) {
        struct field field = field_at(pattern);

        if (field.size == 0 && pattern[1] == ':')
            return "{: does not begin a field such as {:3}, {:03} or {:03d}, of at most 99 "
                   "characters";
        found = found || field.size > 0;
        pattern++;
    }
    return found ? NULL : "has no {}, which the rank replaces";
}

void pattern_expand(const char *pattern, uint64_t rank, struct bytes *text)
{
    while (*pattern != '\0') {
        struct field field = field_at(pattern);
        char number[WIDTH_MAX + 1];

        if (field.size == 0) {
            bytes_append_byte(text, (unsigned char)*pattern++);
            continue;
        }
        snprintf(
            number, sizeof(number), field.zeros ? "%0*" PRIu64 : "%*" PRIu64, field.width,
            rank);
        bytes_append_text(text, number);
        pattern += field.size;
    }
}
