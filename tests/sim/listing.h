/* The keys of an answer to LIST_KEYS, which come in any order. */
#ifndef SIM_LISTING_H
#define SIM_LISTING_H

#include "sim/model.h"

#define LISTING_WRONG SIZE_MAX

/* How many bytes the model's keys take at the front of `bytes`; LISTING_WRONG unless each is
 * there once and no other. */
size_t listing_len(
    const struct model *model, const struct vocabulary *vocabulary, struct span bytes);

#endif
