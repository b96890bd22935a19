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
    {"/", {NULL}, answer_page, NULL},
    {"/healthz", {NULL}, answer_health, NULL},
    {"/readyz", {NULL}, answer_readiness, NULL},
    {"/metrics", {NULL}, answer_metrics, NULL},
    {"/why", {"hang", "world", "all"}, begin_why, work_out_why_text},
    {"/v1/why", {"hang", "world", "all"}, begin_why, work_out_why},
    {"/v1/stat", {NULL}, answer_stat, NULL},
    {"/v1/hosts", {"limit", "cursor", "hang", "world", "all"}, begin_hosts, work_out_hosts},
    {"/v1/clients", {"limit", "cursor"}, begin_list, work_out_clients},
    {"/v1/closed", {"limit", "cursor"}, begin_list, work_out_closed},
    {"/v1/waits", {"limit", "cursor"}, begin_list, work_out_waits},
    {"/v1/barriers", {"limit", "cursor"}, begin_list, work_out_barriers},
    {"/v1/keys", {"limit", "cursor", "glob"}, answer_keys, NULL},
    {"/v1/queues", {"limit", "cursor", "glob"}, answer_queues, NULL},
    {"/v1/record", {"after"}, answer_record, NULL},
};

static const struct route unknown = {NULL, {NULL}, answer_index, NULL};

const struct route *routes_find(const char *path)
{
    for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
        if (strcmp(routes[i].path, path) == 0)
            return &routes[i];
    }
    return &unknown;
}
