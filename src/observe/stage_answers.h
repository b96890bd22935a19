/* Answers what a stage asks the store, one key at a time. Not thread-safe. */
#ifndef OBSERVE_STAGE_ANSWERS_H
#define OBSERVE_STAGE_ANSWERS_H

#include "engine/engine.h"
#include "why/stages.h"

/* Looks up the stage's counter, or its key with the number `*number`, which begins at 0 and is
 * advanced. Returns whether it was the last that the stage asks for. */
bool stage_answer_next(const struct engine *engine, struct stage *stage, uint32_t *number);

#endif
