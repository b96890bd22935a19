#include "engine/effects.h"

#include <limits.h>

void effects_init(struct effects *effects, struct outbox *replies)
{
    *effects = (struct effects){.steps = LONG_MAX, .replies = replies};
    released_init(&effects->released, &effects->steps);
}
