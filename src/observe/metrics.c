/* Prometheus's text format, version 0.0.4. Labels have few values, which no client chooses. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tcpstore/version.h>

#include "engine/view.h"
#include "observe/answers.h"
#include "observe/metrics_head.h"
#include "observe/store_metrics.h"

#define NS_PER_S 1e9
#define MS_PER_S 1e3
#define US_PER_S 1e6

static void metric(
    FILE *out, const char *name, const char *type, const char *help, double value)
{
    metrics_head(out, name, type, help);
    fprintf(out, "%s %.15g\n", name, value);
}

static void gauge(FILE *out, const char *name, const char *help, double value)
{
    metric(out, name, "gauge", help, value);
}

static void counter(FILE *out, const char *name, const char *help, double value)
{
    metric(out, name, "counter", help, value);
}

/* `label` is empty, or as operation="get", */
static void histogram(
    FILE *out, const char *name, const char *label, const struct histogram *histogram)
{
    uint64_t sum = 0;
    size_t len = strlen(label);

    for (size_t i = 0; i < HISTOGRAM_BOUNDS; i++) {
        sum += histogram->counts[i];
        fprintf(
            out, "%s_bucket{%sle=\"%.15g\"} %" PRIu64 "\n", name, label,
            (double)histogram_bounds[i] / NS_PER_S, sum);
    }
    sum += histogram->counts[HISTOGRAM_BOUNDS];
    fprintf(out, "%s_bucket{%sle=\"+Inf\"} %" PRIu64 "\n", name, label, sum);
    if (len > 0)
        len--; /* the comma */
    fprintf(
        out, "%s_sum%s%.*s%s %.15g\n", name, len > 0 ? "{" : "", (int)len, label,
        len > 0 ? "}" : "", (double)histogram->sum / NS_PER_S);
    fprintf(
        out, "%s_count%s%.*s%s %" PRIu64 "\n", name, len > 0 ? "{" : "", (int)len, label,
        len > 0 ? "}" : "", sum);
}

static void write_operations(FILE *out, const struct service *service)
{
    static const char durations[] = "tcpstore_request_duration_seconds";
    const struct engine *engine = service->config.engine;
    uint64_t count;

    metrics_head(
        out, durations, "histogram",
        "From reading a request until its reply is sent; one read in 128 is measured.");
    for (unsigned i = 0; i < ENGINE_OPERATIONS; i++) {
        const struct histogram *turns = &service->config.durations->turns[i];
        char label[64];

        if (turns->sum ==
            0) /* most are never measured, and their buckets were half of the text */
            continue;
        snprintf(label, sizeof(label), "operation=\"%s\",", view_operation(engine, i, &count));
        histogram(out, durations, label, turns);
    }
    metrics_head(
        out, "tcpstore_wait_duration_seconds", "histogram",
        "How long clients have waited in a WAIT or BARRIER that has ended.");
    histogram(out, "tcpstore_wait_duration_seconds", "", &service->config.durations->waits);
}

static void write_loop(FILE *out, const struct sources *sources)
{
    static const char lag[] = "tcpstore_loop_lag_seconds";

    metrics_head(
        out, lag, "histogram", "How late the loop calls a timer that should run every 0.25 s.");
    histogram(out, lag, "", &sources->lag->delays);
}

static double cpu_seconds(const uv_timeval_t *time)
{
    return (double)time->tv_sec + (double)time->tv_usec / US_PER_S;
}

static void write_process(FILE *out, const struct sources *sources)
{
    uv_rusage_t usage;
    size_t resident;

    if (uv_getrusage(&usage) == 0)
        counter(
            out, "process_cpu_seconds_total", "User and system CPU time of the process.",
            cpu_seconds(&usage.ru_utime) + cpu_seconds(&usage.ru_stime));
    if (uv_resident_set_memory(&resident) == 0)
        gauge(
            out, "process_resident_memory_bytes", "Resident memory of the process.",
            (double)resident);
    gauge(
        out, "process_start_time_seconds", "When the server started, in Unix time.",
        (double)sources->started_unix_ms / MS_PER_S);
}

bool answer_metrics(struct inquiry *inquiry)
{
    const struct sources *sources = inquiry->sources;
    const struct service *service = &sources->clients->service;
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);

    if (out == NULL) {
        inquiry_answer(inquiry, NULL, NULL, 0);
        return true;
    }
    metrics_head(out, "tcpstore_build_info", "gauge", "The version of the server.");
    fprintf(out, "tcpstore_build_info{version=\"%s\"} 1\n", TCPSTORE_VERSION);
    store_metrics_write(out, inquiry->observer);
    gauge(
        out, "tcpstore_clients_limit", "Most clients, of all stores.",
        (double)sources->clients->headcount->max);
    write_operations(out, service);
    write_loop(out, sources);
    write_process(out, sources);
    if (fclose(out)) {
        free(text);
        text = NULL;
    }
    inquiry_answer(inquiry, "text/plain; version=0.0.4; charset=utf-8", text, len);
    return true;
}
