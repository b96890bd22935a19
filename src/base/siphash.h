/* SipHash-1-3: a keyed hash for tables whose keys strangers choose (Aumasson and
 * Bernstein, "SipHash: a fast short-input PRF", 2012). */
#ifndef BASE_SIPHASH_H
#define BASE_SIPHASH_H

#include "base/span.h"

struct siphash_key {
    uint64_t words[2];
};

uint64_t siphash(const struct siphash_key *key, struct span message);

#endif
