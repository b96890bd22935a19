/* Pseudo-random numbers. Each step of a run has its own generator, so that its choices do not
 * depend on other steps, and a replay can omit steps. */
#ifndef SIM_RANDOM_H
#define SIM_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

struct random {
    uint64_t state;
};

static inline uint64_t random_mix(uint64_t word)
{
    word = (word ^ word >> 31) * 0x9fb21c651e98df25;
    word = (word ^ word >> 29) * 0xd6e8feb86659fd93;
    return word ^ word >> 32;
}

static inline struct random random_of(uint64_t seed, uint64_t step)
{
    return (struct random){random_mix(random_mix(seed + 1) + step)};
}

static inline uint64_t random_next(struct random *random)
{
    random->state += 0x9e3779b97f4a7c15;
    return random_mix(random->state);
}

/* 0 to `end` - 1. */
static inline uint32_t random_below(struct random *random, uint32_t end)
{
    return (uint32_t)((random_next(random) >> 32) * end >> 32);
}

static inline bool random_one_in(struct random *random, uint32_t cases)
{
    return random_below(random, cases) == 0;
}

#endif
