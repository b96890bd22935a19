#include "tcpstore-bench/scenario.h"

const struct scenario scenarios[] = {
#define SCENARIO(id, name, clients, pipeline, keys, value, help) \
    {clients, pipeline, keys, value, scenario_##id},
    SCENARIOS(SCENARIO)
#undef SCENARIO
};

const char *const scenario_names[] = {
#define SCENARIO_NAME(id, name, clients, pipeline, keys, value, help) name,
    SCENARIOS(SCENARIO_NAME)
#undef SCENARIO_NAME
        NULL,
};
