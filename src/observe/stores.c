/* The server's stores. Each is a JSON object; see docs/HTTP.md. */
#include <stdlib.h>
#include <string.h>

#include "engine/view.h"
#include "observe/answers.h"
#include "observe/json.h"
#include "observe/observer.h"
#include "observe/origin.h"

static json_t *store_object(const struct sources *sources)
{
    const struct service *service = &sources->clients->service;
    const struct memory *stored = &service->config.memories->stored;
    const struct waits_found *waits = &sources->slow_waits->latest;
    json_t *object = json_object();

    json_set_text(object, "name", sources->name);
    json_set_number(object, "port", address_port(&sources->acceptor->sockets.list[0].address));
    json_set_number(object, "clients", sources->clients->count);
    json_set_number(object, "clients_total", clients_served(sources->clients));
    json_set_number(object, "waiting", waits->clients);
    json_set(object, "oldest_wait_seconds", json_seconds(waits_found_oldest_ms(waits)));
    json_set_number(object, "keys", view_key_count(service->config.engine));
    json_set_number(object, "memory_bytes", memory_held(stored));
    json_set_number(object, "memory_limit_bytes", memories_limit(service->config.memories));
    return object;
}

/* The cursor is the number of the last store of a page, and one more: the first store is 0. */
bool answer_stores(struct inquiry *inquiry)
{
    const struct observer *observer = inquiry->observer;
    struct page *page = &inquiry->page;
    const struct watch *watch = NULL;
    json_t *items;
    uint64_t count = 0, total = 0, last = 0, next = 0;

    if (!inquiry_read_page(inquiry, PAGE_MAX))
        return true;
    items = json_array();
    while ((watch = observer_next(observer, watch)) != NULL) {
        const struct sources *sources = &watch->sources;

        total++;
        if (sources->number < page->cursor)
            continue;
        if (count == page->limit) {
            next = last + 1;
            continue;
        }
        json_append(items, store_object(sources));
        last = sources->number;
        count++;
    }
    inquiry_answer_page(inquiry, "stores", items, next, total);
    return true;
}

static const char *asked_name(const struct inquiry *inquiry)
{
    return http_path(inquiry->request) + strlen(inquiry->route->path);
}

static struct watch *find_asked(struct inquiry *inquiry)
{
    struct watch *watch = observer_find(inquiry->observer, asked_name(inquiry));

    if (watch == NULL)
        inquiry_refuse(inquiry, 404, "no such store: see /v1/stores");
    return watch;
}

bool answer_store(struct inquiry *inquiry)
{
    const struct watch *watch = find_asked(inquiry);

    if (watch != NULL)
        inquiry_answer_json(inquiry, store_object(&watch->sources));
    return true;
}

bool change_open_store(struct inquiry *inquiry)
{
    const struct observer *observer = inquiry->observer;
    const struct watch *watch;
    struct tcpstore_error error;
    bool is_new;
    int code;

    if (!origin_check(inquiry))
        return true;
    code = observer->changes->open_store(
        observer->context, asked_name(inquiry), &error, &watch, &is_new);
    if (code) {
        inquiry_refuse(inquiry, code == TCPSTORE_EINVAL ? 400 : 503, error.text);
        return true;
    }
    inquiry_answer_json(inquiry, store_object(&watch->sources));
    if (inquiry->answer.status == 200 && is_new)
        inquiry->answer.status = 201;
    return true;
}

bool change_close_store(struct inquiry *inquiry)
{
    const struct observer *observer = inquiry->observer;
    char peer[ADDRESS_TEXT_MAX];
    struct watch *watch;
    json_t *object;

    if (!origin_check(inquiry))
        return true;
    watch = find_asked(inquiry);
    if (watch == NULL)
        return true;
    object = store_object(&watch->sources);
    observer->changes->close_store(observer->context, watch, inquiry_peer(inquiry, peer));
    inquiry_answer_json(inquiry, object);
    return true;
}
