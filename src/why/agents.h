/*
 * Which rendezvous of torchrun lack agents. Agents poll while they wait for others, so they
 * await no key: they are counted by the key that each sets first, which has the number of
 * agents that are needed (python/tcpstore/torchrun.py). Not thread-safe.
 */
#ifndef WHY_AGENTS_H
#define WHY_AGENTS_H

#include "why/examination.h"

/* TCPSTORE_ENOMEM. */
TCPSTORE_MUST_USE
int agents_examine(struct examination *exam);

#endif
