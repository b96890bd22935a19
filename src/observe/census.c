#include "observe/census.h"

#include <stdlib.h>
#include <string.h>

#include "base/container.h"
#include "observe/stage_answers.h"
#include "processes/identify.h"

enum {
    KEY_STEPS = 2, /* to look one up */
    MEMORY_MAX = 256 << 20,
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

static void clear(struct census_taker *taker)
{
    if (taker->has_report)
        report_done(&taker->report);
    taker->has_report = false;
    facts_copy_clear(&taker->copy);
    memory_give_back(&taker->memory, SIZE_MAX);
}

static void begin_next(struct census_taker *taker);

static void line_up(struct census *census)
{
    struct census_taker *taker = census->taker;

    list_append(&taker->waiting, &census->link);
    if (taker->current == NULL)
        begin_next(taker);
}

static void answer(struct census_taker *taker)
{
    while (!list_is_empty(&taker->questions)) {
        struct question *question = CONTAINER_OF(taker->questions.next, struct question, link);

        list_remove(&question->link);
        question->answered(question, taker->code ? taker->code : question->code);
    }
}

static void finish(struct census_taker *taker)
{
    struct census *census = taker->current;

    clear(taker);
    answer(taker);
    taker->current = NULL;
    if (!list_is_empty(&census->questions)) /* they were asked meanwhile */
        line_up(census);
    else if (!list_is_empty(&taker->waiting))
        begin_next(taker);
}

static void work_out(struct census_taker *taker)
{
    struct list *link;

    for (link = taker->questions.next; link != &taker->questions; link = link->next) {
        struct question *question = CONTAINER_OF(link, struct question, link);

        question->code = question->work_out(question, &taker->report);
    }
}

static void on_identified(void *context, size_t index, const struct process *process)
{
    struct facts_copy *copy = context;
    struct facts_client *client = &copy->array[index];

    client->pid = process->pid;
    client->rank = process->rank;
    client->process = facts_copy_keep(copy, span_of(process->name, strlen(process->name)));
}

/* What follows the host: a port, or the process that has connected to a Unix socket. */
static uint32_t number_of(const struct facts_client *client)
{
    struct span text = span_from(client->peer, client->host_len + 1);
    uint32_t number = 0;

    for (size_t i = 0; i < text.len; i++)
        number = number * 10 + text.bytes[i] - '0';
    return number;
}

static struct sought_client sought_of(const struct facts_client *client)
{
    static const char unix_host[] = "unix"; /* as address_format writes it */
    uint32_t number = number_of(client);

    if (span_equal(facts_host(client), span_of(unix_host, strlen(unix_host))))
        return (struct sought_client){.pid = (int32_t)number};
    return (struct sought_client){.address = client->peer, .port = (uint16_t)number};
}

/* Those that a process of this host may be. */
static void seek(const struct facts *facts, struct sought_client *sought)
{
    for (size_t i = 0; i < facts->client_count; i++) {
        const struct facts_client *client = &facts->clients[i];

        if (!client->has_left && !client->is_relayed && client->host_len > 0)
            sought[i] = sought_of(client);
    }
}

/* 0: no question asks for processes. */
static uint16_t port_to_identify(const struct census_taker *taker)
{
    uint16_t port = 0;
    struct list *link;

    for (link = taker->questions.next; link != &taker->questions; link = link->next) {
        const struct question *question = CONTAINER_OF(link, struct question, link);

        if (question->port > 0)
            port = question->port;
    }
    return port;
}

static void identify_clients(struct census_taker *taker)
{
    struct facts_copy *copy = &taker->copy;
    size_t count = copy->facts.client_count;
    uint16_t port = port_to_identify(taker);
    struct sought_client *sought = port == 0 ? NULL : calloc(count + 1, sizeof(*sought));

    if (sought == NULL)
        return;
    seek(&copy->facts, sought);
    identify(sought, count, port, on_identified, copy);
    free(sought);
}

static void work(void *context)
{
    struct census_taker *taker = context;

    if (taker->has_report) {
        work_out(taker);
        clear(taker); /* here, because of all clients it may take milliseconds */
    } else {
        taker->has_report = true;
        identify_clients(taker);
        taker->code = report_init(
            &taker->report, &taker->memory, &taker->current->hash_key, &taker->copy.facts);
    }
}

static void continue_in_thread(struct census_taker *taker)
{
    int code = worker_start(&taker->worker);

    if (code == 0)
        return; /* all else is the thread's now */
    taker->code = code;
    finish(taker);
}

static void on_asking(struct turn *turn)
{
    struct census_taker *taker = CONTAINER_OF(turn, struct census_taker, turn);
    const struct engine *engine = taker->current->clients->service.config.engine;
    long steps = turn_begin(taker->turns, turn);

    for (; steps > 0 && taker->asked != NULL; steps -= KEY_STEPS) {
        if (!stage_answer_next(engine, taker->asked, &taker->number))
            continue;
        taker->asked = taker->asked->next;
        taker->number = 0;
    }
    turn_end(taker->turns, turn, steps);
    if (taker->asked != NULL)
        turns_add(taker->turns, turn);
    else
        continue_in_thread(taker);
}

static void on_worked(void *context)
{
    struct census_taker *taker = context;

    if (taker->code || !taker->has_report) {
        finish(taker);
        return;
    }
    taker->asked = taker->report.stages.first;
    taker->number = 0;
    taker->turn.run = on_asking;
    turns_add(taker->turns, &taker->turn);
}

static void on_copying(struct turn *turn)
{
    struct census_taker *taker = CONTAINER_OF(turn, struct census_taker, turn);
    long steps;
    bool has_more;

    if (taker->code) {
        finish(taker);
        return;
    }
    steps = turn_begin(taker->turns, turn);
    has_more = facts_copy_continue(&taker->copy, &steps);
    turn_end(taker->turns, turn, steps);
    if (has_more)
        turns_add(taker->turns, turn);
    else
        continue_in_thread(taker);
}

static void begin_next(struct census_taker *taker)
{
    struct census *census = CONTAINER_OF(taker->waiting.next, struct census, link);

    list_remove(&census->link);
    taker->current = census;
    list_append_all(&taker->questions, &census->questions);
    taker->code = facts_copy_begin(&taker->copy, &taker->memory, census->clients);
    taker->turn.run = on_copying;
    turns_add(taker->turns, &taker->turn);
}

int census_taker_init(struct census_taker *taker, uv_loop_t *loop, struct turns *turns)
{
    int status = worker_init(&taker->worker, loop, work, on_worked, taker);

    if (status)
        return status;
    taker->turns = turns;
    memory_init(&taker->memory, resize, NULL, MEMORY_MAX);
    list_init(&taker->waiting);
    list_init(&taker->questions);
    return 0;
}

void census_taker_close(struct census_taker *taker)
{
    if (taker->turns == NULL)
        return;
    turn_cancel(&taker->turn);
    worker_close(&taker->worker);
}

void census_taker_done(struct census_taker *taker)
{
    if (taker->turns != NULL)
        clear(taker);
}

void census_init(
    struct census *census, struct census_taker *taker, struct clients *clients,
    const struct hash_key *hash_key)
{
    *census = (struct census){.taker = taker, .clients = clients, .hash_key = *hash_key};
    list_init(&census->questions);
}

bool census_is_idle(const struct census *census)
{
    return census->taker->current != census && !list_is_linked(&census->link);
}

void census_ask(struct census *census, struct question *question)
{
    bool was_idle = census_is_idle(census);

    list_append(&census->questions, &question->link);
    if (was_idle)
        line_up(census);
}
