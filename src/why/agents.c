#include "why/agents.h"

#include "base/container.h"

int agents_examine(struct examination *exam)
{
    const struct stage *stage = exam->stage;
    struct culprits *culprits = exam->culprits;
    int code;

    culprits->world = stage->highest;
    culprits->is_known = true;
    culprits->come = stage->come;
    if (stage->come >= stage->highest)
        return 0;
    if (stage->lost != NULL)
        return examination_add(exam, CULPRIT_LEFT, stage->come, stage->lost);
    code = examination_add(exam, CULPRIT_MORE, stage->come, NULL);
    if (code == 0)
        CONTAINER_OF(culprits->end, struct culprit, next)->last = stage->highest - 1;
    return code;
}
