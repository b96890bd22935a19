#include "observe/routes.h"

#include <string.h>

#include "observe/answers.h"

static bool answer_index(struct inquiry *inquiry)
{
    inquiry_refuse(
        inquiry, 404,
        "no such path; there are /why, /metrics, /healthz, /readyz and /v1/why, stat, clients, "
        "hosts, waits, barriers, keys, queues, closed, record: see docs/HTTP.md");
    return true;
}

static const struct route routes[] = {
    {"/", answer_page, NULL},
    {"/healthz", answer_health, NULL},
    {"/readyz", answer_readiness, NULL},
    {"/metrics", answer_metrics, NULL},
    {"/why", begin_why, work_out_why_text},
    {"/v1/why", begin_why, work_out_why},
    {"/v1/stat", answer_stat, NULL},
    {"/v1/hosts", begin_hosts, work_out_hosts},
    {"/v1/clients", begin_list, work_out_clients},
    {"/v1/closed", begin_list, work_out_closed},
    {"/v1/waits", begin_list, work_out_waits},
    {"/v1/barriers", begin_list, work_out_barriers},
    {"/v1/keys", answer_keys, NULL},
    {"/v1/queues", answer_queues, NULL},
    {"/v1/record", answer_record, NULL},
};

static const struct route unknown = {NULL, answer_index, NULL};

const struct route *routes_find(const char *path)
{
    for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
        if (strcmp(routes[i].path, path) == 0)
            return &routes[i];
    }
    return &unknown;
}
