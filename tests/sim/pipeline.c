#include "sim/pipeline.h"

#include <stdlib.h>

#include "sim/allocate.h"

struct pipeline *pipeline_pool_take(struct pipeline_pool *pipelines)
{
    struct pipeline *pipeline = pipelines->spare;

    if (pipeline == NULL)
        return allocate(1, sizeof(*pipeline));
    pipelines->spare = pipeline->next;
    return pipeline;
}

void pipeline_pool_give(struct pipeline_pool *pipelines, struct pipeline *pipeline)
{
    pipeline->next = pipelines->spare;
    pipelines->spare = pipeline;
}

void pipeline_pool_done(struct pipeline_pool *pipelines)
{
    struct pipeline *pipeline;

    while ((pipeline = pipelines->spare) != NULL) {
        pipelines->spare = pipeline->next;
        buffer_free(&pipeline->bytes);
        free(pipeline);
    }
}

void pipeline_encode(struct pipeline *pipeline, const struct dataset *dataset)
{
    pipeline->done = 0;
    pipeline->arrived = 0;
    pipeline->bytes.len = 0;
    for (uint32_t i = 0; i < pipeline->count; i++) {
        command_add_bytes(&pipeline->commands[i], dataset, &pipeline->bytes);
        pipeline->ends[i] = pipeline->bytes.len;
    }
}
