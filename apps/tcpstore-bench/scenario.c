#include "tcpstore-bench/scenario.h"

struct scenario {
    const char *name;
    int clients;
    int pipeline;
    size_t keys;
    size_t value_size;
    void (*run)(struct bench *bench);
};

static const struct scenario scenarios[] = {
#define SCENARIO(id, name, clients, pipeline, keys, value, help) \
    {name, clients, pipeline, keys, value, scenario_##id},
    SCENARIOS(SCENARIO)
#undef SCENARIO
};

const char *const scenario_names[] = {
#define SCENARIO_NAME(id, name, clients, pipeline, keys, value, help) name,
    SCENARIOS(SCENARIO_NAME)
#undef SCENARIO_NAME
        NULL,
};

void scenario_settle(struct options *options)
{
    const struct scenario *scenario = &scenarios[options->scenario];

    if (options->clients == 0)
        options->clients = scenario->clients;
    if (options->pipeline == 0)
        options->pipeline = scenario->pipeline;
    if (options->keys == 0)
        options->keys = scenario->keys;
    if (options->value_size == 0)
        options->value_size = scenario->value_size;
}

static void report_options(struct bench *bench)
{
    const struct options *options = &bench->options;

    report_count(&bench->report, "clients", (uint64_t)options->clients);
    report_count(&bench->report, "pipeline", (uint64_t)options->pipeline);
    report_count(&bench->report, "keys", options->keys);
    report_count(&bench->report, "value_bytes", options->value_size);
    if (options->rate)
        report_count(&bench->report, "rate_per_second", (uint64_t)options->rate);
}

void scenario_run(struct bench *bench)
{
    report_options(bench);
    scenarios[bench->options.scenario].run(bench);
}
