#include "uplink/identifying.h"

#include <string.h>

#include "base/container.h"
#include "processes/identify.h"

enum {
    DELAY_MS = 200,   /* from the first client to the search: others come with it */
    SHARE = 10,       /* searches are at least so many times their own length apart */
    SOUGHT_MAX = 256, /* clients in a search */
    NS_IN_MS = 1000000,
};

/* The thread's while the worker is busy. */
struct search {
    uint16_t port; /* to which the clients are connected */
    size_t count;
    struct sought_client clients[SOUGHT_MAX];
    char addresses[SOUGHT_MAX][ADDRESS_TEXT_MAX];
    struct process processes[SOUGHT_MAX]; /* pid 0: not found */
    uint64_t ns;                          /* that it took */
};

static struct uplink_client *client_of(struct list *link)
{
    return CONTAINER_OF(link, struct uplink_client, seeking);
}

static void on_found(void *context, size_t index, const struct process *process)
{
    struct search *search = context;

    search->processes[index] = *process;
}

static void work(void *context)
{
    const struct identifying *identifying = context;
    struct search *search = identifying->search;
    uint64_t begun = uv_hrtime();

    identify(search->clients, search->count, search->port, on_found, search);
    search->ns = uv_hrtime() - begun;
}

static void add(struct identifying *identifying, struct uplink_client *client)
{
    struct search *search = identifying->search;
    size_t index = search->count++;
    const char *address = address_format(&client->peer, search->addresses[index]);

    search->clients[index] = (struct sought_client){
        .address = span_of(address, strlen(address)),
        .port = address_port(&client->peer),
        .pid = address_is_unix(&client->peer) ? client->peer.unix_peer.pid : 0,
    };
    search->processes[index].pid = 0;
    client->sought_index = index;
    list_append(&identifying->sought, &client->seeking);
}

static uint16_t port_of(
    const struct identifying *identifying, const struct uplink_client *client)
{
    if (client->connected_to > 0)
        return client->connected_to;
    return address_port(&identifying->acceptor->sockets.list[0].address);
}

/* Those that are connected to the same port as the first. */
static void add_newcomers(struct identifying *identifying)
{
    struct search *search = identifying->search;
    struct list others;

    list_init(&others);
    while (search->count < SOUGHT_MAX && !list_is_empty(&identifying->newcomers)) {
        struct uplink_client *client = client_of(identifying->newcomers.next);

        list_remove(&client->seeking);
        if (client->has_left)
            continue;
        if (search->count == 0)
            search->port = port_of(identifying, client);
        if (port_of(identifying, client) == search->port)
            add(identifying, client);
        else
            list_append(&others, &client->seeking);
    }
    list_append_all(&identifying->newcomers, &others);
}

static void end_search(struct identifying *identifying)
{
    memory_free(identifying->memory, identifying->search, sizeof(*identifying->search));
    identifying->search = NULL;
}

static void on_time(uv_timer_t *timer);

static void schedule(struct identifying *identifying)
{
    uint64_t pause_ms = SHARE * identifying->search_ns / NS_IN_MS;

    if (identifying->search == NULL && !list_is_empty(&identifying->newcomers) &&
        !uv_is_active((uv_handle_t *)&identifying->timer))
        uv_timer_start(
            &identifying->timer, on_time, pause_ms > DELAY_MS ? pause_ms : DELAY_MS, 0);
}

static void on_time(uv_timer_t *timer)
{
    struct identifying *identifying = timer->data;
    struct search *search = memory_alloc(identifying->memory, sizeof(*search));

    identifying->search = search;
    if (search != NULL) {
        search->count = 0;
        add_newcomers(identifying);
    }
    if (search == NULL || worker_start(&identifying->worker)) { /* later */
        list_append_all(&identifying->newcomers, &identifying->sought);
        end_search(identifying);
        schedule(identifying);
    }
}

static void on_worked(void *context)
{
    struct identifying *identifying = context;
    const struct search *search = identifying->search;

    while (!list_is_empty(&identifying->sought)) {
        struct uplink_client *client = client_of(identifying->sought.next);
        const struct process *process = &search->processes[client->sought_index];

        list_remove(&client->seeking);
        if (process->pid > 0)
            uplink_client_tell_about(client, process);
    }
    identifying->search_ns = search->ns;
    end_search(identifying);
    schedule(identifying);
}

void identifying_init(
    struct identifying *identifying, uv_loop_t *loop, const struct acceptor *acceptor,
    struct memory *memory)
{
    *identifying = (struct identifying){.acceptor = acceptor, .memory = memory};
    list_init(&identifying->newcomers);
    list_init(&identifying->sought);
    if (acceptor == NULL)
        return;
    if (worker_init(&identifying->worker, loop, work, on_worked, identifying)) {
        identifying->acceptor = NULL;
        return;
    }
    uv_timer_init(loop, &identifying->timer);
    identifying->timer.data = identifying;
}

void identifying_add(struct identifying *identifying, struct uplink_client *client)
{
    if (identifying->acceptor == NULL)
        return;
    list_append(&identifying->newcomers, &client->seeking);
    schedule(identifying);
}

void identifying_forget(struct uplink_client *client)
{
    if (list_is_linked(&client->seeking))
        list_remove(&client->seeking);
}

void identifying_close(struct identifying *identifying)
{
    if (identifying->acceptor == NULL)
        return;
    worker_close(&identifying->worker);
    uv_close((uv_handle_t *)&identifying->timer, NULL);
    end_search(identifying);
}
