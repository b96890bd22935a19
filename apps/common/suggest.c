#include "common/suggest.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { SIZE_MAX_COMPARED = 31 };

struct comparison {
    const char *one;
    const char *other;
    /* [i][j]: from the first i characters of `one` to the first j of `other` */
    uint8_t distances[SIZE_MAX_COMPARED + 1][SIZE_MAX_COMPARED + 1];
};

static bool is_same(char one, char other)
{
    return tolower((unsigned char)one) == tolower((unsigned char)other);
}

static uint8_t smaller(uint8_t one, uint8_t other)
{
    return one < other ? one : other;
}

static uint8_t distance_at(const struct comparison *c, size_t i, size_t j)
{
    uint8_t found;

    if (i == 0 || j == 0)
        return (uint8_t)(i + j);
    found = smaller(c->distances[i - 1][j], c->distances[i][j - 1]) + 1;
    found =
        smaller(found, c->distances[i - 1][j - 1] + !is_same(c->one[i - 1], c->other[j - 1]));
    if (i > 1 && j > 1 && is_same(c->one[i - 1], c->other[j - 2]) &&
        is_same(c->one[i - 2], c->other[j - 1]))
        found = smaller(found, c->distances[i - 2][j - 2] + 1);
    return found;
}

static size_t distance(const char *one, size_t one_size, const char *other, size_t other_size)
{
    struct comparison comparison = {.one = one, .other = other};

    for (size_t i = 0; i <= one_size; i++) {
        for (size_t j = 0; j <= other_size; j++)
            comparison.distances[i][j] = distance_at(&comparison, i, j);
    }
    return comparison.distances[one_size][other_size];
}

struct suggestion suggestion_of(const char *typed, size_t size)
{
    return (struct suggestion){.typed = typed, .size = size};
}

void suggestion_consider(struct suggestion *suggestion, const char *name)
{
    size_t size = strlen(name);
    size_t found;

    if (size > SIZE_MAX_COMPARED || suggestion->size > SIZE_MAX_COMPARED)
        return;
    found = distance(suggestion->typed, suggestion->size, name, size);
    if (3 * found <= size && (suggestion->best == NULL || found < suggestion->distance)) {
        suggestion->best = name;
        suggestion->distance = found;
    }
}
