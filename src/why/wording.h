/* Findings in words. Not thread-safe. */
#ifndef WHY_WORDING_H
#define WHY_WORDING_H

#include "why/finding.h"
#include "why/lines.h"

/* "gloo, default group". */
void wording_stage(struct lines *lines, const struct stage *stage);

/* The same, after the job: "job-1: gloo, default group". */
void wording_name(struct lines *lines, const struct stage *stage);

/* "7 of 8 ranks have set an address"; nothing if the members are not counted. */
void wording_progress(struct lines *lines, const struct finding *finding);

/* "rank 7 left 11 s ago and has not …". */
void wording_culprit(
    struct lines *lines, const struct finding *finding, const struct culprit *culprit);

/* The first culprit, and the first client that may be it. */
void wording_reason(struct lines *lines, const struct finding *finding);

#endif
