/* The clients of a job, as facts. Included by the one file of a test program. */
#ifndef UNIT_WHY_JOB_H
#define UNIT_WHY_JOB_H

#include "support/allocator.h"
#include "support/test.h"
#include "why/facts.h"

enum { CLIENTS = 10, WAITED_MS = 20000 };

static const struct hash_key hash_key = {{1, 2, 3}};

static struct allocator allocator;
static struct memory memory;
static struct facts_client clients[CLIENTS];
static char keys[CLIENTS][64]; /* room for those that a test makes up */
static char peers[CLIENTS][32];
static struct facts facts;

static inline void job_begin(void)
{
    allocator_init(&allocator, &memory);
    memset(clients, 0, sizeof(clients));
    facts = (struct facts){.clients = clients};
}

static inline void job_end(void)
{
    allocator_check_empty(&allocator, &memory);
}

static inline void wait_for(struct facts_client *client, const char *key)
{
    client->awaited = text(key);
    client->awaited_count = 1;
    client->waiting_ms = WAITED_MS;
}

#endif
