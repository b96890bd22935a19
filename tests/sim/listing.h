/* The keys in a reply to LIST_KEYS, in any order. */
#ifndef SIM_LISTING_H
#define SIM_LISTING_H

#include "sim/model.h"

#define LISTING_WRONG SIZE_MAX

/* Returns the length of the listing at the front of `bytes`; LISTING_WRONG unless it has each
 * key of the model once and no other. */
size_t listing_len(const struct model *model, const struct dataset *dataset, struct span bytes);

#endif
