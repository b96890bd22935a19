#include "embed/job_stores.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/container.h"
#include "base/error.h"
#include "embed/store_name.h"
#include "server/descriptors.h"

enum { TICK_MS = 1 /* while stores are closing */ };

struct job_store {
    struct list link; /* of the list of its state */
    struct keyspace keyspace;
    struct job_stores *stores;
    uint64_t served;      /* clients, when it last had none */
    uint64_t empty_since; /* ms of the loop's clock */
    bool is_freed;        /* its keys */
};

static void on_tick(uv_timer_t *timer);

static void move(struct job_store *store, struct list *list)
{
    list_remove(&store->link);
    list_append(list, &store->link);
}

static struct job_store *first_of(const struct list *list)
{
    return CONTAINER_OF(list->next, struct job_store, link);
}

static uint64_t now(const struct job_stores *stores)
{
    return uv_now(stores->timer.loop);
}

static void tick_in(struct job_stores *stores, uint64_t ms)
{
    if (!uv_is_active((uv_handle_t *)&stores->timer) ||
        uv_timer_get_due_in(&stores->timer) > ms)
        uv_timer_start(&stores->timer, on_tick, ms, 0);
}

/* Returns when the store is to be forgotten, in ms of the loop's clock, or UINT64_MAX. */
static uint64_t due(const struct job_store *store)
{
    if (store->served == 0 || store->keyspace.clients.count > 0)
        return UINT64_MAX;
    return store->empty_since + store->stores->config.linger_ms;
}

/* A connection that is no client's may have been open when it was due. */
static void tick_when_due(const struct job_store *store)
{
    struct job_stores *stores = store->stores;
    uint64_t at = due(store);

    if (at != UINT64_MAX)
        tick_in(stores, at > now(stores) ? at - now(stores) : 0);
}

/* A client, or a connection that is none, has come or gone. */
static void on_changed(void *context)
{
    struct job_store *store = context;
    struct job_stores *stores = store->stores;
    uint64_t total = watch_clients_total(&store->keyspace.watch);

    stores->config.changed(stores->config.context);
    if (stores->is_closing || store->keyspace.clients.count > 0)
        return;
    if (total > store->served) {
        store->served = total;
        store->empty_since = now(stores);
    }
    tick_when_due(store);
}

static void close_later(struct job_store *store)
{
    struct job_stores *stores = store->stores;

    keyspace_leave(&store->keyspace);
    stores->count--;
    move(store, &stores->leaving);
    tick_in(stores, TICK_MS);
}

static void tell(const struct job_store *store, bool is_open)
{
    const struct job_stores_config *config = &store->stores->config;

    config->told(config->context, &store->keyspace, is_open);
}

static void begin_to_close(struct job_store *store, const char *reason)
{
    client_log_write(
        &store->keyspace.client_log, TCPSTORE_LOG_INFO, "store-closed", NULL, NULL,
        "clients=%zu reason=\"%s\"", store->keyspace.clients.count, reason);
    tell(store, false);
    close_later(store);
}

/* Returns in how many ms the next is due, or UINT64_MAX. */
static uint64_t forget_those_due(struct job_stores *stores)
{
    uint64_t next_due = UINT64_MAX;
    struct list *link, *next;

    for (link = stores->open.next; link != &stores->open; link = next) {
        struct job_store *store = CONTAINER_OF(link, struct job_store, link);
        uint64_t at = due(store);

        next = link->next;
        if (at <= now(stores))
            begin_to_close(store, "no client since --job-linger");
        else if (at < next_due)
            next_due = at;
    }
    return next_due == UINT64_MAX ? UINT64_MAX : next_due - now(stores);
}

static void close_those_left(struct job_stores *stores)
{
    struct list *link, *next;

    for (link = stores->leaving.next; link != &stores->leaving; link = next) {
        struct job_store *store = CONTAINER_OF(link, struct job_store, link);

        next = link->next;
        if (!keyspace_leave(&store->keyspace))
            continue;
        keyspace_close(&store->keyspace);
        share_detach(&store->keyspace.memories.share);
        move(store, &stores->closed);
    }
}

static void destroy(struct job_store *store)
{
    list_remove(&store->link);
    keyspace_done(&store->keyspace);
    free(store);
}

static void free_keys(void *context)
{
    struct job_stores *stores = context;
    struct job_store *store = first_of(&stores->dead);

    keyspace_free_keys(&store->keyspace);
    store->is_freed = true;
}

static void free_next(struct job_stores *stores);

static void on_freed(void *context)
{
    struct job_stores *stores = context;

    destroy(first_of(&stores->dead));
    free_next(stores);
}

static void free_next(struct job_stores *stores)
{
    if (stores->worker.is_busy || list_is_empty(&stores->dead))
        return;
    if (worker_start(&stores->worker) == 0)
        return;
    free_keys(stores); /* no thread is to be had: the loop has to do it */
    destroy(first_of(&stores->dead));
    tick_in(stores, TICK_MS);
}

static void on_tick(uv_timer_t *timer)
{
    struct job_stores *stores = timer->data;
    uint64_t next_due;

    list_append_all(&stores->dead, &stores->closed);
    free_next(stores);
    close_those_left(stores);
    next_due = forget_those_due(stores);
    if (next_due != UINT64_MAX)
        tick_in(stores, next_due);
    if (!list_is_empty(&stores->leaving) || !list_is_empty(&stores->closed))
        tick_in(stores, TICK_MS);
}

int job_stores_init(struct job_stores *stores, const struct job_stores_config *config)
{
    uv_loop_t *loop = &config->common->loop;
    int status;

    *stores = (struct job_stores){.config = *config, .next_port = config->first_port};
    status = worker_init(&stores->worker, loop, free_keys, on_freed, stores);
    if (status)
        return status;
    uv_unref((uv_handle_t *)&stores->worker.finished); /* it stays open until all is freed */
    list_init(&stores->open);
    list_init(&stores->leaving);
    list_init(&stores->closed);
    list_init(&stores->dead);
    uv_timer_init(loop, &stores->timer);
    stores->timer.data = stores;
    return 0;
}

/* The ports of the range in turn, so that a port is not used again at once. */
static int listen_in_range(
    struct job_stores *stores, struct acceptor *acceptor, struct tcpstore_error *error)
{
    const struct job_stores_config *config = &stores->config;
    int code = TCPSTORE_EADDRINUSE;

    for (int left = config->last_port - config->first_port + 1;
         left > 0 && code == TCPSTORE_EADDRINUSE; left--) {
        uint16_t port = stores->next_port;

        stores->next_port = port == config->last_port ? config->first_port : port + 1;
        code = acceptor_listen_beside(acceptor, config->beside, port, error);
    }
    if (code == TCPSTORE_EADDRINUSE)
        return error_set(
            error, code,
            "no port of --job-ports %u-%u is free; %zu stores are open: close some, or give "
            "more ports",
            config->first_port, config->last_port, stores->count);
    return code;
}

static int start(struct job_store *store, const char *name, struct tcpstore_error *error)
{
    struct job_stores *stores = store->stores;
    const struct keyspace_config config = {
        .common = stores->config.common,
        .name = name,
        .number = ++stores->last_number,
        .memory_bytes = stores->config.memory_bytes,
        .own_bytes = sizeof(*store),
        .changed = on_changed,
        .context = store,
    };
    struct acceptor *acceptor = &store->keyspace.acceptor;
    int code = keyspace_init(&store->keyspace, &config, error);

    if (code)
        return code;
    if (stores->config.first_port == 0)
        code = acceptor_listen_beside(acceptor, stores->config.beside, 0, error);
    else
        code = listen_in_range(stores, acceptor, error);
    return code ? code : keyspace_start(&store->keyspace, error);
}

static int start_above_standard_streams(
    struct job_store *store, const char *name, struct tcpstore_error *error)
{
    struct held_descriptors held;
    int code;

    descriptors_hold(&held);
    code = start(store, name, error);
    descriptors_release(&held);
    return code;
}

static int check_room(const struct job_stores *stores, struct tcpstore_error *error)
{
    if (stores->config.common->observer.is_draining)
        return error_set(
            error, TCPSTORE_ESTATE,
            "the server is draining and opens no stores any more: use another server, or start "
            "one");
    if (stores->count >= stores->config.max_count)
        return error_set(
            error, TCPSTORE_ESTATE,
            "%zu stores are open, the maximum: close those that no job uses, or raise "
            "--max-stores",
            stores->count);
    return descriptors_check(error);
}

/* Handles may be open, so it is closed like others. It may have no log: this is the first's. */
static void undo(struct job_store *store, const struct tcpstore_error *error)
{
    client_log_write(
        store->stores->config.beside->log, TCPSTORE_LOG_WARN, "store-refused",
        tcpstore_strerror(error->code), NULL, "store=%s reason=\"%s\"", store->keyspace.name,
        error->text);
    close_later(store);
}

static int open_new(
    struct job_stores *stores, const char *name, struct tcpstore_error *error,
    const struct watch **ret_watch)
{
    struct job_store *store;
    int code = store_name_check(name, error);

    if (code == 0)
        code = check_room(stores, error);
    if (code)
        return code;
    store = calloc(1, sizeof(*store));
    if (store == NULL)
        return error_set(
            error, TCPSTORE_ENOMEM,
            "a store: the system has no memory for it: stop other programs, or close stores");
    store->stores = stores;
    code = start_above_standard_streams(store, name, error);
    list_append(&stores->open, &store->link);
    stores->count++;
    if (code) {
        undo(store, error);
        return code;
    }
    client_log_write(
        &store->keyspace.client_log, TCPSTORE_LOG_INFO, "store-opened", NULL, NULL, "port=%u",
        (unsigned)address_port(&store->keyspace.acceptor.sockets.list[0].address));
    tell(store, true);
    *ret_watch = &store->keyspace.watch;
    return 0;
}

int job_stores_open(
    struct job_stores *stores, const char *name, struct tcpstore_error *error,
    const struct watch **ret_watch, bool *ret_is_new)
{
    const struct observer *observer = &stores->config.common->observer;
    const struct watch *watch = observer_find(observer, name);
    int code = 0;

    *ret_is_new = watch == NULL;
    if (watch == NULL)
        code = open_new(stores, name, error, &watch);
    if (code == 0)
        *ret_watch = watch;
    return code;
}

void job_stores_close_one(struct watch *watch, const char *peer)
{
    struct keyspace *keyspace = CONTAINER_OF(watch, struct keyspace, watch);
    char reason[ADDRESS_TEXT_MAX + 32];

    snprintf(reason, sizeof(reason), "%s asked for it over HTTP", peer);
    begin_to_close(CONTAINER_OF(keyspace, struct job_store, keyspace), reason);
}

static void close_all(struct list *list)
{
    struct list *link;

    for (link = list->next; link != list; link = link->next)
        keyspace_close(&CONTAINER_OF(link, struct job_store, link)->keyspace);
}

void job_stores_close(struct job_stores *stores)
{
    if (stores->timer.data == NULL || stores->is_closing)
        return;
    stores->is_closing = true;
    uv_close((uv_handle_t *)&stores->timer, NULL);
    close_all(&stores->open);
    close_all(&stores->leaving);
}

void job_stores_end(struct job_stores *stores)
{
    if (stores->timer.data != NULL)
        worker_close(&stores->worker);
}

static void free_all(struct list *list)
{
    struct list *link, *next;

    for (link = list->next; link != list; link = next) {
        struct job_store *store = CONTAINER_OF(link, struct job_store, link);

        next = link->next;
        if (!store->is_freed)
            keyspace_free_keys(&store->keyspace);
        destroy(store);
    }
}

void job_stores_done(struct job_stores *stores)
{
    if (stores->timer.data == NULL)
        return;
    free_all(&stores->open);
    free_all(&stores->leaving);
    free_all(&stores->closed);
    free_all(&stores->dead);
}
