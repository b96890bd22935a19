/*
 * Which rendezvous of torchrun lack agents. Agents poll while they wait for others, so no stage
 * has them: they are counted by their connections (python/tcpstore/torchrun.py). Not
 * thread-safe.
 */
#ifndef WHY_RENDEZVOUS_H
#define WHY_RENDEZVOUS_H

#include "why/identities.h"
#include "why/lines.h"

enum { RENDEZVOUS_MAX = 64 /* that are examined */ };

struct rendezvous {
    struct span key; /* that each of its agents has set first */
    struct span id;  /* a part of it */
    uint32_t come;   /* agents that are connected */
    uint32_t needed;
};

/* Those of the facts to which agents have come, but fewer than are needed. */
struct rendezvous_list {
    const struct facts *facts;
    struct rendezvous items[RENDEZVOUS_MAX];
    size_t count;
};

void rendezvous_find(
    struct rendezvous_list *list, const struct facts *facts,
    const struct identities *identities);

/* "rendezvous job-1: 1 of 2 agents has joined (10.0.0.1:40000); waiting for 1 more: …". */
void rendezvous_write(
    const struct rendezvous_list *list, const struct rendezvous *rendezvous,
    struct lines *lines);

#endif
