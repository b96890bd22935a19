/* The names and values of a run. The model knows a name by its number and needs no table; the
 * engine gets its bytes. Values are parts of one constant random text. */
#ifndef SIM_DATASET_H
#define SIM_DATASET_H

#include "base/span.h"
#include "sim/random.h"
#include "support/buffer.h"

enum {
    NAME_BYTES = 64,              /* the engine's limit, which name 1 reaches */
    VALUE_BYTES = 20000,          /* the engine's limit, which some values reach */
    APPENDED_BYTES = VALUE_BYTES, /* the engine's limit for a value that APPEND extends */
    HOT_NAMES = 16,               /* half of all requests use the first names */
};

/* The main use of a name; it is `name % KIND_COUNT`. */
enum kind {
    KIND_COUNTER,
    KIND_TEXT,
    KIND_BARRIER,
    KIND_QUEUE,
    KIND_COUNT,
};

struct dataset {
    uint32_t name_count;
    struct span *names;
    struct buffer name_bytes;
    struct buffer noise; /* VALUE_BYTES and more */
};

/* Makes at least `name_count` names, equally many of each kind. */
void dataset_init(struct dataset *dataset, uint32_t name_count);
void dataset_done(struct dataset *dataset);

/* Returns the number of the name, or `name_count` if it is unknown. */
uint32_t dataset_find(const struct dataset *dataset, struct span name);

uint32_t dataset_name(const struct dataset *dataset, enum kind kind, struct random *random);

/* A value that is empty, short, or rarely long; many are equal. */
struct span dataset_value(const struct dataset *dataset, struct random *random);

/* A decimal, rarely at an end of the range of int64_t or malformed. */
struct span dataset_decimal(struct random *random);

#endif
