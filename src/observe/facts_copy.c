#include "observe/facts_copy.h"

#include <stdio.h>
#include <string.h>

#include "engine/view.h"

enum {
    CHUNK = 64 << 10,    /* bytes */
    MORE_CLIENTS = 1000, /* that may connect while it is taken */
    CLIENT_STEPS = 8,    /* to copy one, without the search for its first missing key */
    PEER_MAX = REMOTE_TEXT_MAX + ADDRESS_TEXT_MAX,
};

struct facts_copy_chunk {
    struct facts_copy_chunk *next;
    size_t used;
    uint8_t bytes[CHUNK];
};

/* Without these bytes, the copy goes on. */
struct span facts_copy_keep(struct facts_copy *copy, struct span bytes)
{
    struct facts_copy_chunk *chunk = copy->chunks;
    uint8_t *kept;

    if (bytes.len > FACTS_KEY_MAX)
        bytes = span_last(bytes, FACTS_KEY_MAX);
    if (chunk == NULL || chunk->used + bytes.len > CHUNK) {
        chunk = memory_alloc(copy->memory, sizeof(*chunk));
        if (chunk == NULL)
            return span_of("", 0);
        chunk->next = copy->chunks;
        chunk->used = 0;
        copy->chunks = chunk;
    }
    kept = chunk->bytes + chunk->used;
    chunk->used += bytes.len;
    span_copy(kept, bytes);
    return span_of(kept, bytes.len);
}

static int64_t ago(const struct facts_copy *copy, uint64_t time)
{
    return time < copy->now ? (int64_t)(copy->now - time) : 0;
}

/* Returns the length of the host at the front of `text`. */
static size_t format_peer(
    const union address *address, const struct remote_process *process, char text[PEER_MAX])
{
    if (process == NULL || process->host_len == 0) {
        address_format(address, text);
        return (size_t)(strrchr(text, ':') - text);
    }
    span_copy((uint8_t *)text, remote_process_host(process));
    snprintf(
        text + process->host_len, PEER_MAX - process->host_len, ":%u", address_port(address));
    return process->host_len;
}

static void add_process(
    struct facts_copy *copy, struct facts_client *client, const struct remote_process *process)
{
    client->is_relayed = true;
    client->rank = process->rank;
    client->pid = process->pid;
    client->process = facts_copy_keep(copy, remote_process_name(process));
}

static struct facts_client *add(
    struct facts_copy *copy, const union address *peer, const struct remote_process *process,
    const struct activity *activity, uint64_t connected_at, uint64_t received_at)
{
    struct facts_client *client = &copy->array[copy->facts.client_count++];
    char text[PEER_MAX];
    size_t host_len = format_peer(peer, process, text);
    size_t len = host_len + strlen(text + host_len);

    *client = (struct facts_client){
        .peer = facts_copy_keep(copy, span_of(text, len)),
        .first_key = facts_copy_keep(copy, span_of(activity->key, activity->key_len)),
        .connected_ms = ago(copy, connected_at),
        .silent_ms = ago(copy, received_at),
        .requests = activity->requests,
        .rank = -1,
    };
    client->host_len = client->peer.len == 0 ? 0 : host_len;
    if (process != NULL)
        add_process(copy, client, process);
    return client;
}

static void add_connected(void *context, const struct client *client, long *steps)
{
    struct facts_copy *copy = context;
    struct view view = view_session(client->service->config.engine, &client->session, steps);
    struct facts_client *facts;

    *steps -= CLIENT_STEPS;
    if (copy->facts.client_count == copy->capacity || client->state == CLIENT_CLOSING ||
        client->is_new) /* a browser connects for requests to come */
        return;
    facts =
        add(copy, &client->peer, client->stream->process, &client->session.activity,
            client->connected_at, client->received_at);
    facts->number = client->session.number;
    if (view.awaited_count == 0)
        return;
    facts->awaited = facts_copy_keep(copy, view.awaited);
    facts->awaited_count = view.awaited_count;
    facts->barrier_size = view.barrier_size;
    facts->waiting_ms = facts->silent_ms;
}

static void add_closed(struct facts_copy *copy)
{
    const struct closed *closed = &copy->clients->service.closed;

    for (size_t i = 0; i < closed->count; i++) {
        const struct closed_client *client = closed_at(closed, i);
        struct facts_client *facts;

        if (copy->facts.client_count == copy->capacity)
            return;
        facts =
            add(copy, &client->peer, client->process, &client->activity, client->connected_at,
                client->received_at);
        facts->number = client->number;
        facts->has_left = true;
        facts->reason = client->reason;
        facts->left_ms = ago(copy, client->closed_at);
    }
}

int facts_copy_begin(struct facts_copy *copy, struct memory *memory, struct clients *clients)
{
    *copy = (struct facts_copy){
        .memory = memory,
        .clients = clients,
        .now = uv_now(clients->service.config.loop),
        .capacity = clients->count + MORE_CLIENTS + CLOSED_MAX,
    };
    copy->array = memory_alloc(memory, copy->capacity * sizeof(*copy->array));
    copy->facts.clients = copy->array;
    clients_begin_visit(clients);
    return copy->array == NULL ? TCPSTORE_ENOMEM : 0;
}

bool facts_copy_continue(struct facts_copy *copy, long *steps)
{
    if (clients_visit(copy->clients, steps, add_connected, copy))
        return true;
    add_closed(copy);
    return false;
}

void facts_copy_clear(struct facts_copy *copy)
{
    while (copy->chunks != NULL) {
        struct facts_copy_chunk *chunk = copy->chunks;

        copy->chunks = chunk->next;
        memory_free(copy->memory, chunk, sizeof(*chunk));
    }
    if (copy->array != NULL)
        memory_free(copy->memory, copy->array, copy->capacity * sizeof(*copy->array));
    *copy = (struct facts_copy){.memory = copy->memory};
}
