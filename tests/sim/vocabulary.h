/* The names and values of a run. A name is known by its number, so that the model needs no
 * table; its bytes are what the engine sees. Values are pieces of one text that never changes.
 */
#ifndef SIM_VOCABULARY_H
#define SIM_VOCABULARY_H

#include "base/span.h"
#include "sim/random.h"
#include "support/buffer.h"

enum {
    NAME_BYTES = 64,     /* the longest that the engine lets through, which is in use */
    VALUE_BYTES = 20000, /* likewise */
    APPENDED_BYTES = VALUE_BYTES, /* of the longest value that the engine lets APPEND make */
    HOT_NAMES = 16,               /* the first ones, which half of all requests are about */
};

/* What a name is mostly used for: `name % KIND_COUNT`. */
enum kind {
    KIND_COUNTER,
    KIND_TEXT,
    KIND_BARRIER,
    KIND_QUEUE,
    KIND_COUNT,
};

struct vocabulary {
    uint32_t name_count;
    struct span *names;
    struct buffer name_bytes;
    struct buffer noise; /* VALUE_BYTES and more */
};

/* At least `name_count` names, as many of each kind. */
void vocabulary_init(struct vocabulary *vocabulary, uint32_t name_count);
void vocabulary_done(struct vocabulary *vocabulary);

/* The number of the name with these bytes; `name_count` if there is none. */
uint32_t vocabulary_find(const struct vocabulary *vocabulary, struct span name);

uint32_t vocabulary_name(
    const struct vocabulary *vocabulary, enum kind kind, struct random *random);

/* Empty, short, or, rarely, long; often equal to one that was there before. */
struct span vocabulary_value(const struct vocabulary *vocabulary, struct random *random);

/* A number, at times one at the end of its range, or something like a number. */
struct span vocabulary_decimal(struct random *random);

#endif
