/* Examines a stage in which each member sets a key with its number. Not thread-safe. */
#ifndef WHY_NUMBERED_H
#define WHY_NUMBERED_H

#include "why/examination.h"

/* TCPSTORE_ENOMEM. */
TCPSTORE_MUST_USE
int numbered_examine(struct examination *exam);

#endif
