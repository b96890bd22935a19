#include "observe/census.h"

#include <stdlib.h>

#include "base/container.h"
#include "engine/view.h"
#include "observe/identify.h"
#include "observe/stage_answers.h"

enum {
    CHUNK = 64 << 10,    /* bytes */
    MORE_CLIENTS = 1000, /* that may connect while it is taken */
    CLIENT_STEPS = 8,    /* to copy one, without the search for its first missing key */
    KEY_STEPS = 2,       /* to look one up */
    MEMORY_MAX = 256 << 20,
};

/* Bytes that are kept until the end. */
struct census_chunk {
    struct census_chunk *next;
    size_t used;
    uint8_t bytes[CHUNK];
};

static void *resize(void *context, void *pointer, size_t old_size, size_t size)
{
    (void)context;
    (void)old_size;
    if (size > 0)
        return realloc(pointer, size);
    free(pointer);
    return NULL;
}

static void clear(struct census *census)
{
    if (census->has_report)
        report_done(&census->report);
    census->has_report = false;
    while (census->chunks != NULL) {
        struct census_chunk *chunk = census->chunks;

        census->chunks = chunk->next;
        memory_free(&census->memory, chunk, sizeof(*chunk));
    }
    if (census->array != NULL)
        memory_free(&census->memory, census->array, census->capacity * sizeof(*census->array));
    census->array = NULL;
    census->facts = (struct facts){.clients = NULL};
    memory_give_back(&census->memory, SIZE_MAX);
}

static void begin(struct census *census);

static void finish(struct census *census)
{
    clear(census);
    while (!list_is_empty(&census->answered)) {
        struct question *question = CONTAINER_OF(census->answered.next, struct question, link);

        list_remove(&question->link);
        question->answered(question, census->code ? census->code : question->code);
    }
    census->is_busy = false;
    if (!list_is_empty(&census->waiting))
        begin(census);
}

/* Copies up to FACTS_KEY_MAX bytes. Empty if memory is refused: the census goes on without
 * them.
 */
static struct span keep(struct census *census, struct span bytes)
{
    struct census_chunk *chunk = census->chunks;
    uint8_t *copy;

    if (bytes.len > FACTS_KEY_MAX)
        bytes = span_last(bytes, FACTS_KEY_MAX);
    if (chunk == NULL || chunk->used + bytes.len > CHUNK) {
        chunk = memory_alloc(&census->memory, sizeof(*chunk));
        if (chunk == NULL)
            return span_of("", 0);
        chunk->next = census->chunks;
        chunk->used = 0;
        census->chunks = chunk;
    }
    copy = chunk->bytes + chunk->used;
    chunk->used += bytes.len;
    span_copy(copy, bytes);
    return span_of(copy, bytes.len);
}

static int64_t ago(const struct census *census, uint64_t time)
{
    return time < census->now ? (int64_t)(census->now - time) : 0;
}

static struct facts_client *copy(
    struct census *census, const union address *peer, const struct activity *activity,
    uint64_t connected_at, uint64_t received_at)
{
    struct facts_client *client = &census->array[census->facts.client_count++];
    char text[ADDRESS_TEXT_MAX];

    address_format(peer, text);
    *client = (struct facts_client){
        .peer = keep(census, span_of(text, strlen(text))),
        .first_key = keep(census, span_of(activity->key, activity->key_len)),
        .connected_ms = ago(census, connected_at),
        .silent_ms = ago(census, received_at),
        .requests = activity->requests,
        .rank = -1,
    };
    client->host_len = client->peer.len == 0 ? 0 : (size_t)(strrchr(text, ':') - text);
    return client;
}

static void copy_connected(void *context, const struct client *client, long *steps)
{
    struct census *census = context;
    struct view view = view_session(client->service->config.engine, &client->session, steps);
    struct facts_client *facts;

    *steps -= CLIENT_STEPS;
    if (census->facts.client_count == census->capacity || client->state == CLIENT_CLOSING ||
        client->is_new) /* a browser connects for requests to come */
        return;
    facts = copy(
        census, &client->peer, &client->session.activity, client->connected_at,
        client->received_at);
    facts->number = client->session.number;
    if (view.awaited_count == 0)
        return;
    facts->awaited = keep(census, view.awaited);
    facts->awaited_count = view.awaited_count;
    facts->barrier_size = view.barrier_size;
    facts->waiting_ms = facts->silent_ms;
}

static void copy_closed(struct census *census)
{
    const struct closed *closed = &census->clients->service.closed;

    for (size_t i = 0; i < closed_kept(closed); i++) {
        const struct closed_client *client = closed_at(closed, i);
        struct facts_client *facts;

        if (census->facts.client_count == census->capacity)
            return;
        facts = copy(
            census, &client->peer, &client->activity, client->connected_at,
            client->received_at);
        facts->number = client->number;
        facts->has_left = true;
        facts->reason = client->reason;
        facts->left_ms = ago(census, client->closed_at);
    }
}

static void work_out(struct census *census)
{
    struct list *link;

    for (link = census->answered.next; link != &census->answered; link = link->next) {
        struct question *question = CONTAINER_OF(link, struct question, link);

        question->code = question->work_out(question, &census->report);
    }
}

static void on_identified(
    void *context, struct facts_client *client, const struct process *process)
{
    client->pid = process->pid;
    client->rank = process->rank;
    client->process = keep(context, span_of(process->name, strlen(process->name)));
}

static void identify_clients(struct census *census)
{
    uint16_t port = 0;
    struct list *link;

    for (link = census->answered.next; link != &census->answered; link = link->next) {
        const struct question *question = CONTAINER_OF(link, struct question, link);

        if (question->port > 0)
            port = question->port;
    }
    if (port > 0)
        identify(census->array, census->facts.client_count, port, on_identified, census);
}

static void work(void *context)
{
    struct census *census = context;

    if (census->has_report) {
        work_out(census);
        clear(census); /* here, because of all clients it may take milliseconds */
    } else {
        census->has_report = true;
        identify_clients(census);
        census->code =
            report_init(&census->report, &census->memory, &census->hash_key, &census->facts);
    }
}

static void continue_in_thread(struct census *census)
{
    int code = worker_start(&census->worker);

    if (code == 0)
        return; /* all else is the thread's now */
    census->code = code;
    finish(census);
}

static void on_asking(struct turn *turn)
{
    struct census *census = CONTAINER_OF(turn, struct census, turn);
    const struct engine *engine = census->clients->service.config.engine;
    struct turns *turns = census->clients->service.config.turns;
    long steps = turn_begin(turns, turn);

    for (; steps > 0 && census->asked != NULL; steps -= KEY_STEPS) {
        if (!stage_answer_next(engine, census->asked, &census->number))
            continue;
        census->asked = census->asked->next;
        census->number = 0;
    }
    turn_end(turns, turn, steps);
    if (census->asked != NULL) {
        turns_add(turns, turn);
        return;
    }
    turn->run = NULL;
    continue_in_thread(census);
}

static void on_worked(void *context)
{
    struct census *census = context;

    if (census->code || census->turn.run == NULL) {
        finish(census);
        return;
    }
    census->asked = census->report.stages.first;
    census->number = 0;
    census->turn.run = on_asking;
    turns_add(census->clients->service.config.turns, &census->turn);
}

int census_init(
    struct census *census, uv_loop_t *loop, struct clients *clients,
    const struct hash_key *hash_key)
{
    *census = (struct census){.clients = clients, .hash_key = *hash_key};
    memory_init(&census->memory, resize, NULL, MEMORY_MAX);
    list_init(&census->waiting);
    list_init(&census->answered);
    return worker_init(&census->worker, loop, work, on_worked, census);
}

static void on_copying(struct turn *turn)
{
    struct census *census = CONTAINER_OF(turn, struct census, turn);
    struct turns *turns = census->clients->service.config.turns;
    long steps;
    bool has_more;

    if (census->array == NULL) {
        census->code = TCPSTORE_ENOMEM;
        finish(census);
        return;
    }
    steps = turn_begin(turns, turn);
    has_more = clients_visit(census->clients, &steps, copy_connected, census);
    turn_end(turns, turn, steps);
    if (has_more) {
        turns_add(turns, turn);
        return;
    }
    copy_closed(census);
    census->facts.clients = census->array;
    continue_in_thread(census);
}

static void begin(struct census *census)
{
    struct clients *clients = census->clients;

    census->is_busy = true;
    list_append_all(&census->answered, &census->waiting);
    census->now = uv_now(clients->service.config.loop);
    census->code = 0;
    census->capacity = clients->count + MORE_CLIENTS + CLOSED_MAX;
    census->array = memory_alloc(&census->memory, census->capacity * sizeof(*census->array));
    clients_begin_visit(clients);
    census->turn.run = on_copying;
    turns_add(clients->service.config.turns, &census->turn);
}

void census_ask(struct census *census, struct question *question)
{
    list_append(&census->waiting, &question->link);
    if (!census->is_busy)
        begin(census);
}

void census_close(struct census *census)
{
    turn_cancel(&census->turn);
    worker_close(&census->worker);
}

void census_done(struct census *census)
{
    clear(census);
}
