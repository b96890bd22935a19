/* Examines a stage in which members wait for each other. Not thread-safe. */
#ifndef WHY_BARRIER_H
#define WHY_BARRIER_H

#include "why/examination.h"

/* A barrier by a counter. TCPSTORE_ENOMEM. */
TCPSTORE_MUST_USE
int barrier_examine_counted(struct examination *exam);

/* BARRIER. TCPSTORE_ENOMEM. */
TCPSTORE_MUST_USE
int barrier_examine_operation(struct examination *exam);

#endif
