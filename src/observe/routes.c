#include "observe/routes.h"

#include <string.h>

#include "observe/answers.h"

static bool answer_index(struct inquiry *inquiry)
{
    inquiry_refuse(
        inquiry, 404,
        "no such path; there are /why, /metrics, /healthz, /readyz and /v1/why, stat, clients, "
        "hosts, waits, barriers, keys, queues, closed, record, stores: see docs/HTTP.md");
    return true;
}

static bool refuse_reading(struct inquiry *inquiry)
{
    inquiry_refuse(inquiry, 405, "this path is only for PUT: see docs/HTTP.md");
    inquiry->answer.header = "Allow";
    inquiry->answer.header_value = "PUT";
    return true;
}

static bool refuse_change(struct inquiry *inquiry)
{
    inquiry_refuse(
        inquiry, 405,
        "this path cannot be changed; there are PUT and DELETE of /v1/stores/NAME, and PUT of "
        "/v1/drain: see docs/HTTP.md");
    inquiry->answer.header = "Allow";
    inquiry->answer.header_value = "GET, HEAD";
    return true;
}

static const struct route routes[] = {
    {"GET", "/", {"store"}, answer_page, NULL},
    {"GET", "/healthz", {NULL}, answer_health, NULL},
    {"GET", "/readyz", {NULL}, answer_readiness, NULL},
    {"GET", "/metrics", {NULL}, answer_metrics, NULL},
    {"GET", "/why", {"hang", "world", "all", "store"}, begin_why, work_out_why_text},
    {"GET", "/v1/why", {"hang", "world", "all", "store"}, begin_why, work_out_why},
    {"GET", "/v1/stat", {"store"}, answer_stat, NULL},
    {"GET",
     "/v1/hosts",
     {"limit", "cursor", "hang", "world", "all", "store"},
     begin_hosts,
     work_out_hosts},
    {"GET", "/v1/clients", {"limit", "cursor", "store"}, begin_list, work_out_clients},
    {"GET", "/v1/closed", {"limit", "cursor", "store"}, begin_list, work_out_closed},
    {"GET", "/v1/waits", {"limit", "cursor", "store"}, begin_list, work_out_waits},
    {"GET", "/v1/barriers", {"limit", "cursor", "store"}, begin_list, work_out_barriers},
    {"GET", "/v1/keys", {"limit", "cursor", "glob", "store"}, answer_keys, NULL},
    {"GET", "/v1/queues", {"limit", "cursor", "glob", "store"}, answer_queues, NULL},
    {"GET", "/v1/record", {"after"}, answer_record, NULL},
    {"GET", "/v1/stores", {"limit", "cursor"}, answer_stores, NULL},
    {"GET", "/v1/stores/", {NULL}, answer_store, NULL},
    {"PUT", "/v1/stores/", {NULL}, change_open_store, NULL},
    {"DELETE", "/v1/stores/", {NULL}, change_close_store, NULL},
    {"PUT", "/v1/drain", {NULL}, change_drain, NULL},
};

static const struct route unknown = {"GET", NULL, {NULL}, answer_index, NULL};
static const struct route not_changed = {"PUT", NULL, {NULL}, refuse_change, NULL};
static const struct route not_read = {"GET", NULL, {NULL}, refuse_reading, NULL};

static bool has_path(const struct route *route, const char *path)
{
    size_t len = strlen(route->path);

    if (len > 1 && route->path[len - 1] == '/')
        return strncmp(route->path, path, len) == 0 && path[len] != '\0';
    return strcmp(route->path, path) == 0;
}

static bool is_for(const struct route *route, const char *method)
{
    return strcmp(route->method, method) == 0;
}

const struct route *routes_find(const char *method, const char *path)
{
    const struct route *refusing = &unknown;

    for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
        const struct route *route = &routes[i];

        if (!has_path(route, path))
            continue;
        if (is_for(route, method))
            return route;
        refusing = is_for(route, "GET") ? &not_changed : &not_read;
    }
    return refusing;
}

bool route_has_argument(const struct route *route, const char *name)
{
    for (size_t i = 0; route->arguments[i] != NULL; i++) {
        if (strcmp(route->arguments[i], name) == 0)
            return true;
    }
    return false;
}
