/*
 * Happy path: the kernel's random generator.
 *
 * Ways to fail: it is not seeded yet, early after boot, or a sandbox forbids the call; then the
 * nanoseconds of the clock replace it.
 */
#include "client/random.h"

#include <sys/random.h>

#include "client/monotonic.h"

uint32_t random_word(void)
{
    uint32_t word;

    if (getrandom(&word, sizeof(word), GRND_NONBLOCK) != (ssize_t)sizeof(word))
        word = (uint32_t)monotonic_now();
    return word;
}
