#include "observe/observer.h"

#include <stdlib.h>

#include "base/container.h"
#include "observe/routes.h"

enum { INQUIRY_STEPS = 512 /* of one that needs no census: a tenth of a millisecond or so */ };

static struct observer *observer_of(const struct inquiry *inquiry)
{
    return CONTAINER_OF(inquiry->sources, struct observer, sources);
}

static void end(struct inquiry *inquiry)
{
    list_remove(&inquiry->link);
    atomic_fetch_sub(&observer_of(inquiry)->unsent, inquiry->unsent);
    http_answer(inquiry->request, &inquiry->answer);
    free(inquiry);
}

/* A census may answer many: together they take no more than what HTTP would send. */
static int work_out(struct question *question, struct report *report)
{
    struct inquiry *inquiry = CONTAINER_OF(question, struct inquiry, question);
    struct observer *observer = observer_of(inquiry);

    if (atomic_load(&observer->unsent) > HTTP_ANSWERS_MAX)
        return TCPSTORE_ENOMEM;
    inquiry->route->work_out(inquiry, report);
    if (!inquiry->answer.is_static)
        inquiry->unsent = inquiry->answer.len;
    atomic_fetch_add(&observer->unsent, inquiry->unsent);
    return 0;
}

static void on_answered(struct question *question, int code)
{
    struct inquiry *inquiry = CONTAINER_OF(question, struct inquiry, question);
    struct observer *observer = observer_of(inquiry);

    if (code)
        inquiry_answer(inquiry, NULL, NULL, 0);
    list_remove(&inquiry->link);
    list_append(&observer->answered, &inquiry->link);
    turns_add(observer->sources.clients->service.config.turns, &observer->turn);
}

/* 0: processes are not to be found. */
static uint16_t port_to_identify(const struct sources *sources)
{
    const struct listen_sockets *sockets = &sources->acceptor->sockets;

    return sources->identifies && sockets->count > 0 ? address_port(&sockets->list[0].address)
                                                     : 0;
}

static void begin(struct observer *observer, struct inquiry *inquiry)
{
    if (!inquiry_check_arguments(inquiry) || !inquiry->route->begin(inquiry) ||
        inquiry->route->work_out == NULL) {
        end(inquiry);
        return;
    }
    list_remove(&inquiry->link);
    list_append(&observer->asked, &inquiry->link);
    inquiry->question.port = port_to_identify(&observer->sources);
    census_ask(&observer->census, &inquiry->question);
}

/* A census answers many at once. Sent one by one, they do not delay the store. */
static void go_on(struct observer *observer)
{
    if (!list_is_empty(&observer->answered))
        end(CONTAINER_OF(observer->answered.next, struct inquiry, link));
    else
        begin(observer, CONTAINER_OF(observer->inquiries.next, struct inquiry, link));
}

static void on_turn(struct turn *turn)
{
    struct observer *observer = CONTAINER_OF(turn, struct observer, turn);
    struct turns *turns = observer->sources.clients->service.config.turns;
    long steps = turn_begin(turns, turn);

    go_on(observer);
    turn_end(turns, turn, steps - INQUIRY_STEPS);
    if (!list_is_empty(&observer->answered) || !list_is_empty(&observer->inquiries))
        turns_add(turns, turn);
}

static void on_requested(void *context, struct http_request *request)
{
    struct observer *observer = context;
    struct inquiry *inquiry = malloc(sizeof(*inquiry));

    if (inquiry == NULL) {
        http_answer(request, &inquiry_no_memory);
        return;
    }
    *inquiry = (struct inquiry){
        .question = {.work_out = work_out, .answered = on_answered},
        .sources = &observer->sources,
        .request = request,
        .route = routes_find(http_path(request)),
    };
    list_append(&observer->inquiries, &inquiry->link);
    turns_add(observer->sources.clients->service.config.turns, &observer->turn);
}

int observer_init(
    struct observer *observer, uv_loop_t *loop, const struct sources *sources,
    const struct hash_key *hash_key, bool serves_http)
{
    int status = 0;

    *observer = (struct observer){.sources = *sources, .turn.run = on_turn};
    observer->sources.slow_waits = &observer->slow_waits;
    observer->sources.lag = &observer->lag;
    observer->sources.cursors = &observer->cursors;
    observer->sources.started_at = uv_now(loop);
    observer->sources.started_unix_ms =
        recorder_origin() + (int64_t)observer->sources.started_at;
    observer->sources.facts = &observer->census.facts;
    list_init(&observer->inquiries);
    list_init(&observer->asked);
    list_init(&observer->answered);
    if (serves_http)
        status = http_init(&observer->http, loop, on_requested, observer);
    if (status)
        return status;
    status = census_init(&observer->census, loop, sources->clients, hash_key);
    if (status) {
        http_close(&observer->http);
        return status;
    }
    lag_init(&observer->lag, loop);
    slow_waits_init(
        &observer->slow_waits, loop, &observer->census,
        &sources->clients->service.config.log->log, sources->limits->slow_wait_ms);
    observer->is_open = true;
    return 0;
}

void observer_set_busy(struct observer *observer, bool is_busy)
{
    if (!observer->is_open)
        return;
    lag_set_busy(&observer->lag, is_busy);
    slow_waits_set_busy(&observer->slow_waits, is_busy, port_to_identify(&observer->sources));
}

void observer_adopt(struct observer *observer, int fd, const union address *peer)
{
    http_adopt(&observer->http, fd, &peer->any);
}

static void free_all(struct list *inquiries)
{
    struct list *link, *next;

    for (link = inquiries->next; link != inquiries; link = next) {
        struct inquiry *inquiry = CONTAINER_OF(link, struct inquiry, link);

        next = link->next;
        if (!inquiry->answer.is_static)
            free((void *)(uintptr_t)inquiry->answer.bytes);
        free(inquiry);
    }
}

void observer_close(struct observer *observer)
{
    if (!observer->is_open)
        return;
    observer->is_open = false;
    turn_cancel(&observer->turn);
    slow_waits_close(&observer->slow_waits);
    lag_close(&observer->lag);
    census_close(&observer->census);
    http_close(&observer->http);
}

void observer_done(struct observer *observer)
{
    if (observer->sources.clients == NULL)
        return;
    census_done(&observer->census);
    cursors_done(&observer->cursors);
    free_all(&observer->inquiries);
    free_all(&observer->asked);
    free_all(&observer->answered);
}
