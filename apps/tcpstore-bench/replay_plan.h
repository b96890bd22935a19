/* The entries of a record, in order, with the clients as indices. */
#ifndef BENCH_REPLAY_PLAN_H
#define BENCH_REPLAY_PLAN_H

#include "record/reader.h"

#define REPLAY_NONE SIZE_MAX

struct replay_step {
    struct record_entry entry;
    size_t client; /* index */
    size_t next;   /* the client's next step; REPLAY_NONE: it was the last */
};

struct replay_plan {
    uint8_t *file;
    struct replay_step *steps;
    size_t count;
    size_t client_count;
};

/* Exits if `path` cannot be read or is no record. */
void replay_plan_load(const char *path, struct replay_plan *ret_plan);

void replay_plan_done(struct replay_plan *plan);

#endif
