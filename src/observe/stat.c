#include <tcpstore/version.h>
#include <unistd.h>

#include "engine/view.h"
#include "observe/answers.h"
#include "observe/json.h"
#include "observe/observer.h"

static json_t *addresses(const struct acceptor *acceptor)
{
    json_t *list = json_array();

    for (size_t i = 0; i < acceptor->sockets.count; i++)
        json_append(list, json_string(acceptor->sockets.list[i].text));
    return list;
}

static json_t *requests(const struct engine *engine, uint64_t *ret_total)
{
    json_t *object = json_object();

    *ret_total = 0;
    for (unsigned i = 0; i < ENGINE_OPERATIONS; i++) {
        uint64_t count;
        const char *name = view_operation(engine, i, &count);

        json_set_number(object, name, count);
        *ret_total += count;
    }
    return object;
}

static void set_clients(json_t *object, const struct sources *sources)
{
    const struct clients *clients = sources->clients;
    const struct waits_found *waits = &sources->slow_waits->latest;

    json_set_number(object, "clients", clients->count);
    json_set_number(object, "clients_max", clients->headcount->max);
    json_set_number(object, "clients_total", clients_served(clients));
    json_set_number(object, "closed_total", clients_closed(clients));
    json_set_number(object, "waiting", waits->clients);
    json_set(object, "oldest_wait_seconds", json_seconds(waits_found_oldest_ms(waits)));
}

static void set_store(json_t *object, const struct service *service)
{
    const struct engine *engine = service->config.engine;
    const struct memory *stored = &service->config.memories->stored;
    uint64_t total;

    json_set_number(object, "keys", view_key_count(engine));
    json_set_number(object, "queues", view_queue_count(engine));
    json_set_number(object, "memory_bytes", memory_held(stored));
    json_set_number(object, "memory_limit_bytes", memories_limit(service->config.memories));
    json_set(object, "requests", requests(engine, &total));
    json_set_number(object, "requests_total", total);
    json_set_number(object, "received_bytes", service->received_bytes);
    json_set_number(object, "sent_bytes", service->sent_bytes);
}

bool answer_stat(struct inquiry *inquiry)
{
    const struct sources *sources = inquiry->sources;
    const struct service *service = &sources->clients->service;
    uint64_t uptime = uv_now(service->config.loop) - sources->started_at;
    json_t *object = json_object();

    json_set_text(object, "version", TCPSTORE_VERSION);
    json_set_text(object, "store", sources->name);
    json_set_number(object, "pid", (uint64_t)getpid());
    json_set(object, "uptime_seconds", json_seconds((int64_t)uptime));
    json_set(object, "addresses", addresses(sources->acceptor));
    json_set_flag(object, "draining", inquiry->observer->is_draining);
    set_clients(object, sources);
    set_store(object, service);
    inquiry_answer_json(inquiry, object);
    return true;
}
