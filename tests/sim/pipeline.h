/* A client's pipelined commands on their way to the engine, with their bytes. */
#ifndef SIM_PIPELINE_H
#define SIM_PIPELINE_H

#include "sim/generator.h"

struct pipeline {
    struct pipeline *next; /* in the pool */
    uint32_t count;        /* of commands */
    uint32_t done;         /* commands that have been executed */
    size_t arrived;        /* bytes that the engine may have handled */
    struct buffer bytes;
    struct command commands[PIPELINE_MAX];
    size_t ends[PIPELINE_MAX]; /* offset in `bytes` after each command */
};

/* Unused pipelines. */
struct pipeline_pool {
    struct pipeline *spare;
};

/* The caller sets `count` and `commands`, then calls pipeline_encode. */
struct pipeline *pipeline_pool_take(struct pipeline_pool *pipelines);
void pipeline_pool_give(struct pipeline_pool *pipelines, struct pipeline *pipeline);
void pipeline_pool_done(struct pipeline_pool *pipelines);

/* Makes the bytes from the commands. */
void pipeline_encode(struct pipeline *pipeline, const struct dataset *dataset);

/* The offset of the first command that has not been executed. */
static inline size_t pipeline_start(const struct pipeline *pipeline)
{
    return pipeline->done == 0 ? 0 : pipeline->ends[pipeline->done - 1];
}

/* Whether the whole first command that has not been executed has arrived. */
static inline bool pipeline_next_has_arrived(const struct pipeline *pipeline)
{
    return pipeline->done < pipeline->count &&
           pipeline->ends[pipeline->done] <= pipeline->arrived;
}

#endif
