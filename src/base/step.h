/* Steps measure work without a clock: one is about the work of one look-up of a short name, or
 * to free a node. */
#ifndef BASE_STEP_H
#define BASE_STEP_H

#include <stddef.h>

enum {
    STEP_BYTES = 1024,    /* hashed, compared or copied in one step */
    STEP_NEW_BYTES = 256, /* copied to new memory, or to or from a socket, in one step */
};

/* To hash and look up a name, or to copy it. */
static inline long steps_of_name(size_t len)
{
    return 1 + (long)(len / STEP_BYTES);
}

#endif
