/*
 * Happy path: the kernel's own generator.
 *
 * Ways to fail: it is not seeded yet, early after boot, or a sandbox forbids the call; then the
 * clock's nanoseconds have to do.
 */
#include "client/random.h"

#include <sys/random.h>

#include "client/clock.h"

uint32_t random_word(void)
{
    uint32_t word;

    if (getrandom(&word, sizeof(word), GRND_NONBLOCK) != (ssize_t)sizeof(word))
        word = (uint32_t)clock_now();
    return word;
}
