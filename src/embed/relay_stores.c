/*
 * Happy path: the store tells of a store of a job; the relay listens at its port, and opens
 * clients that connect there with the store's name.
 *
 * Failures: the port is taken on this host, or there is no descriptor or memory for it: a line
 * in the log says what to do, and clients of that store cannot connect here. What the store
 * tells makes no sense: the relay gives the trunk up.
 */
#include "embed/relay_stores.h"

#include <string.h>

#include "base/container.h"
#include "base/error.h"
#include "embed/store_name.h"
#include "observe/sources.h"
#include "server/descriptors.h"

enum { TICK_MS = 1 /* while stores are closed */ };

struct relay_store {
    struct list link; /* of the list of its state */
    struct relay_stores *stores;
    char name[STORE_NAME_MAX + 1];
    uint16_t number;         /* of the port */
    struct uplink_port port; /* it borrows the name */
    struct acceptor acceptor;
    enum relay_store_state state;
};

static void on_accepted(void *context, int fd, const union address *peer, bool local)
{
    const struct relay_store *store = context;

    uplink_clients_admit(&store->stores->config.uplink->clients, fd, peer, local, &store->port);
}

static void on_exhausted(void *context, int error)
{
    const struct relay_store *store = context;

    client_log_write(
        store->stores->config.log, TCPSTORE_LOG_WARN, "accept-paused", NULL, NULL,
        "store=%s reason=\"%s; new clients wait\"", store->name, strerror(error));
}

static void report_open(const struct relay_store *store)
{
    client_log_write(
        store->stores->config.log, TCPSTORE_LOG_INFO, "store-opened", NULL, NULL,
        "store=%s port=%u", store->name, store->number);
}

static void report_taken(const struct relay_store *store)
{
    const struct relay_stores_config *config = &store->stores->config;

    if (store->state == RELAY_STORE_UPSTREAM)
        client_log_write(
            config->log, TCPSTORE_LOG_INFO, "store-refused", NULL, NULL,
            "store=%s port=%u reason=\"the port is taken on this host, on which the upstream "
            "itself runs: it serves clients that connect there\"",
            store->name, store->number);
    else
        client_log_write(
            config->log, TCPSTORE_LOG_WARN, "store-refused", NULL, NULL,
            "store=%s port=%u reason=\"the port is taken on this host, so clients here cannot "
            "connect: let --job-ports of the store be ports that are free on every node\"",
            store->name, store->number);
}

static void report_failure(const struct relay_store *store, const struct tcpstore_error *error)
{
    client_log_write(
        store->stores->config.log, TCPSTORE_LOG_WARN, "store-refused",
        tcpstore_strerror(error->code), NULL, "store=%s port=%u reason=\"%s\"", store->name,
        store->number, error->text);
}

static int listen_at_port(struct relay_store *store, struct tcpstore_error *error)
{
    const struct relay_stores_config *config = &store->stores->config;
    struct acceptor *acceptor = &store->acceptor;
    struct held_descriptors held;
    int code;

    descriptors_hold(&held);
    code = acceptor_listen_beside(acceptor, config->beside, store->number, error);
    descriptors_release(&held);
    if (code)
        return code;
    if (!acceptor_can_watch(acceptor, config->memory))
        return error_set(error, TCPSTORE_ENOMEM, "out of memory for its port");
    return acceptor_start(acceptor, error);
}

/* `code` is the error of listening at its port. */
static enum relay_store_state state_of(const struct relay_store *store, int code)
{
    const struct uplink *uplink = store->stores->config.uplink;

    if (code == TCPSTORE_EADDRINUSE && uplink->dialer.is_local)
        return RELAY_STORE_UPSTREAM;
    return code == 0 ? RELAY_STORE_SERVED : RELAY_STORE_REFUSED;
}

static void serve(struct relay_store *store)
{
    struct tcpstore_error error;
    int code = listen_at_port(store, &error);

    store->state = state_of(store, code);
    if (code == 0)
        report_open(store);
    else if (code == TCPSTORE_EADDRINUSE)
        report_taken(store);
    else
        report_failure(store, &error);
}

static void tell(const struct relay_store *store, bool is_open)
{
    const struct relay_stores_config *config = &store->stores->config;

    config->told(config->context, store->number, store->name, is_open);
}

static struct relay_store *find(const struct relay_stores *stores, uint16_t port)
{
    struct list *link;

    for (link = stores->open.next; link != &stores->open; link = link->next) {
        struct relay_store *store = CONTAINER_OF(link, struct relay_store, link);

        if (store->number == port)
            return store;
    }
    return NULL;
}

/* NULL: memory is refused. */
static struct relay_store *add(struct relay_stores *stores, uint16_t port, const char *name)
{
    static const struct acceptor_events events = {on_accepted, on_exhausted};
    const struct relay_stores_config *config = &stores->config;
    struct relay_store *store = memory_alloc(config->memory, sizeof(*store));

    if (store == NULL)
        return NULL;
    *store = (struct relay_store){
        .stores = stores, .number = port, .port = {.store = store->name, .number = port}};
    memcpy(store->name, name, strlen(name));
    acceptor_init(
        &store->acceptor, config->loop, config->turns, config->log, config->allowed, &events,
        store);
    list_append(&stores->open, &store->link);
    return store;
}

bool relay_stores_open(void *context, uint16_t port, struct span name)
{
    struct relay_stores *stores = context;
    char text[STORE_NAME_MAX + 1] = "";
    struct relay_store *store;

    if (name.len >= sizeof(text) || find(stores, port) != NULL)
        return false;
    span_copy((uint8_t *)text, name);
    if (store_name_check(text, NULL))
        return false;
    store = add(stores, port, text);
    if (store == NULL) {
        client_log_write(
            stores->config.log, TCPSTORE_LOG_WARN, "store-refused", NULL, NULL,
            "store=%s port=%u reason=\"out of memory for it: raise --max-memory\"", text, port);
        return true;
    }
    serve(store);
    tell(store, true);
    return true;
}

static void free_dead(struct relay_stores *stores)
{
    while (!list_is_empty(&stores->dead)) {
        struct relay_store *store = CONTAINER_OF(stores->dead.next, struct relay_store, link);

        list_remove(&store->link);
        acceptor_done(&store->acceptor);
        memory_free(stores->config.memory, store, sizeof(*store));
    }
}

/* Those that were closed before the last tick: the loop has run since. */
static void on_tick(uv_timer_t *timer)
{
    struct relay_stores *stores = timer->data;

    free_dead(stores);
    list_append_all(&stores->dead, &stores->closed);
    if (!list_is_empty(&stores->dead))
        uv_timer_start(timer, on_tick, TICK_MS, 0);
}

static void close_store(struct relay_store *store)
{
    struct relay_stores *stores = store->stores;

    tell(store, false);
    uplink_clients_leave_port(&stores->config.uplink->clients, &store->port);
    acceptor_close(&store->acceptor);
    list_remove(&store->link);
    list_append(&stores->closed, &store->link);
    uv_timer_start(&stores->timer, on_tick, TICK_MS, 0);
}

void relay_stores_close_one(void *context, uint16_t port)
{
    struct relay_store *store = find(context, port);

    if (store == NULL)
        return;
    client_log_write(
        store->stores->config.log, TCPSTORE_LOG_INFO, "store-closed", NULL, NULL,
        "store=%s port=%u reason=\"the store has closed it\"", store->name, port);
    close_store(store);
}

void relay_stores_close_all(void *context)
{
    struct relay_stores *stores = context;

    while (!list_is_empty(&stores->open))
        close_store(CONTAINER_OF(stores->open.next, struct relay_store, link));
}

bool relay_stores_admit(
    const struct relay_stores *stores, struct span name, struct stream *stream,
    const union address *peer)
{
    const struct list *link;

    for (link = stores->open.next; link != &stores->open; link = link->next) {
        const struct relay_store *store = CONTAINER_OF(link, struct relay_store, link);

        if (span_equal(name, span_of(store->name, strlen(store->name))))
            return uplink_clients_adopt(
                &stores->config.uplink->clients, stream, peer, &store->port);
    }
    return false;
}

void relay_stores_each(const struct relay_stores *stores, relay_store_fn *visit, void *context)
{
    const struct list *link;

    for (link = stores->open.next; link != &stores->open; link = link->next) {
        const struct relay_store *store = CONTAINER_OF(link, struct relay_store, link);

        visit(context, store->name, store->number, store->state);
    }
}

void relay_stores_init(struct relay_stores *stores, const struct relay_stores_config *config)
{
    stores->config = *config;
    list_init(&stores->open);
    list_init(&stores->closed);
    list_init(&stores->dead);
    uv_timer_init(config->loop, &stores->timer);
    stores->timer.data = stores;
}

void relay_stores_close(struct relay_stores *stores)
{
    relay_stores_close_all(stores);
    uv_close((uv_handle_t *)&stores->timer, NULL);
}

void relay_stores_done(struct relay_stores *stores)
{
    list_append_all(&stores->dead, &stores->closed);
    free_dead(stores);
}
