#include "observe/store_metrics.h"

#include <inttypes.h>
#include <linux/sock_diag.h>

#include "engine/view.h"
#include "observe/metrics_head.h"

#define MS_PER_S 1e3

static double clients(const struct sources *sources)
{
    return (double)sources->clients->count;
}

static double accepted(const struct sources *sources)
{
    return (double)clients_served(sources->clients);
}

static double waiting(const struct sources *sources)
{
    return (double)sources->slow_waits->latest.clients;
}

static double oldest_wait(const struct sources *sources)
{
    return (double)waits_found_oldest_ms(&sources->slow_waits->latest) / MS_PER_S;
}

static double keys(const struct sources *sources)
{
    return (double)view_key_count(sources->clients->service.config.engine);
}

static double queues(const struct sources *sources)
{
    return (double)view_queue_count(sources->clients->service.config.engine);
}

static double memory(const struct sources *sources)
{
    return (double)memory_held(&sources->clients->service.config.memories->stored);
}

static double memory_limit(const struct sources *sources)
{
    return (double)memories_limit(sources->clients->service.config.memories);
}

static double received(const struct sources *sources)
{
    return (double)sources->clients->service.received_bytes;
}

static double sent(const struct sources *sources)
{
    return (double)sources->clients->service.sent_bytes;
}

/* The kernel counts the connections that it drops because the queue of a socket is full. */
static double overflows(const struct sources *sources)
{
    const struct listen_sockets *sockets = &sources->acceptor->sockets;
    uint64_t sum = 0;

    for (size_t i = 0; i < sockets->count; i++) {
        uint32_t info[SK_MEMINFO_VARS] = {0};
        socklen_t len = sizeof(info);

        if (getsockopt(sockets->list[i].fd, SOL_SOCKET, SO_MEMINFO, info, &len) == 0)
            sum += info[SK_MEMINFO_DROPS];
    }
    return (double)sum;
}

static const struct metric {
    const char *name;
    const char *type;
    const char *help;
    double (*value)(const struct sources *sources);
} metrics[] = {
    {"tcpstore_clients", "gauge", "Connected clients.", clients},
    {"tcpstore_clients_accepted_total", "counter", "Clients that have connected.", accepted},
    {"tcpstore_waiting_clients", "gauge",
     "Clients in a WAIT or BARRIER, but for events that may never happen, and agents of "
     "torchrun "
     "that poll for others; up to 3 s old.",
     waiting},
    {"tcpstore_oldest_wait_seconds", "gauge", "The longest of these waits.", oldest_wait},
    {"tcpstore_keys", "gauge", "Keys.", keys},
    {"tcpstore_queues", "gauge", "Queues with entries.", queues},
    {"tcpstore_memory_bytes", "gauge", "Memory for keys, values and clients.", memory},
    {"tcpstore_memory_limit_bytes", "gauge", "Above it nothing is stored.", memory_limit},
    {"tcpstore_received_bytes_total", "counter", "Bytes from clients.", received},
    {"tcpstore_sent_bytes_total", "counter", "Bytes to clients, sent or waiting to be.", sent},
    {"tcpstore_accept_queue_overflows_total", "counter",
     "Connections that the kernel dropped because too many waited to be accepted.", overflows},
};

typedef void write_fn(FILE *out, const struct sources *sources, const void *context);

static void for_each_store(
    FILE *out, const struct observer *observer, write_fn *write, const void *context)
{
    const struct watch *watch = NULL;

    while ((watch = observer_next(observer, watch)) != NULL)
        write(out, &watch->sources, context);
}

static void write_sample(FILE *out, const struct sources *sources, const void *context)
{
    const struct metric *metric = context;

    fputs(metric->name, out);
    if (sources->name[0] != '\0')
        fprintf(out, "{store=\"%s\"}", sources->name);
    fprintf(out, " %.15g\n", metric->value(sources));
}

/* Ends a sample that has another label. The first store has no name. */
static void end_sample(FILE *out, const struct sources *sources, uint64_t value)
{
    if (sources->name[0] != '\0')
        fprintf(out, ",store=\"%s\"", sources->name);
    fprintf(out, "} %" PRIu64 "\n", value);
}

/* Of a store with a name, only the operations that it has executed. */
static void write_requests(FILE *out, const struct sources *sources, const void *context)
{
    const struct engine *engine = sources->clients->service.config.engine;
    bool is_first = sources->name[0] == '\0';

    for (unsigned i = 0; i < ENGINE_OPERATIONS; i++) {
        uint64_t count;
        const char *operation = view_operation(engine, i, &count);

        if (count == 0 && !is_first)
            continue;
        fprintf(out, "%s{operation=\"%s\"", (const char *)context, operation);
        end_sample(out, sources, count);
    }
}

struct events {
    const char *event;
    const char *name;
    const char *help;
};

static void write_events(FILE *out, const struct sources *sources, const void *context)
{
    const struct events *events = context;
    const struct event_counts *counts = &sources->clients->service.config.log->counts;

    for (unsigned i = 0; i < counts->used; i++) {
        const struct event_count *count = &counts->counts[i];

        if (strcmp(count->event, events->event) != 0)
            continue;
        fprintf(
            out, "%s{reason=\"%s\"", events->name,
            count->reason == NULL ? "closed by the client" : count->reason);
        end_sample(out, sources, count->count);
    }
}

static unsigned count_stores(const struct observer *observer)
{
    const struct watch *watch = NULL;
    unsigned count = 0;

    while ((watch = observer_next(observer, watch)) != NULL)
        count++;
    return count;
}

void store_metrics_write(FILE *out, const struct observer *observer)
{
    static const char requests[] = "tcpstore_requests_total";
    static const struct events events[] = {
        {"client-closed", "tcpstore_clients_closed_total",
         "Clients that were served and have been disconnected."},
        {"client-refused", "tcpstore_clients_refused_total", "Connections that were refused."},
    };

    metrics_head(out, "tcpstore_stores", "gauge", "Stores, the first included.");
    fprintf(out, "tcpstore_stores %u\n", count_stores(observer));
    for (size_t i = 0; i < sizeof(metrics) / sizeof(metrics[0]); i++) {
        const struct metric *metric = &metrics[i];

        metrics_head(out, metric->name, metric->type, metric->help);
        for_each_store(out, observer, write_sample, metric);
    }
    metrics_head(out, requests, "counter", "Executed requests.");
    for_each_store(out, observer, write_requests, requests);
    for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
        metrics_head(out, events[i].name, "counter", events[i].help);
        for_each_store(out, observer, write_events, &events[i]);
    }
}
