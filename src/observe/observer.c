#include "observe/observer.h"

#include <stdlib.h>
#include <string.h>

#include "base/container.h"
#include "observe/routes.h"

enum { INQUIRY_STEPS = 512 /* of one that needs no census: a tenth of a millisecond or so */ };

static void end(struct inquiry *inquiry)
{
    list_remove(&inquiry->link);
    atomic_fetch_sub(&inquiry->observer->unsent, inquiry->unsent);
    http_answer(inquiry->request, &inquiry->answer);
    free(inquiry);
}

/* A census may answer many: together they take no more than what HTTP would send. */
static int work_out(struct question *question, struct report *report)
{
    struct inquiry *inquiry = CONTAINER_OF(question, struct inquiry, question);
    struct observer *observer = inquiry->observer;

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
    struct observer *observer = inquiry->observer;

    if (code)
        inquiry_answer(inquiry, NULL, NULL, 0);
    list_remove(&inquiry->link);
    list_append(&observer->answered, &inquiry->link);
    turns_add(observer->turns, &observer->turn);
}

/* The store of an argument, else of the port that the client has connected to. A question about
 * all stores is answered there even if that one is gone. */
static struct watch *find_watch(const struct observer *observer, struct inquiry *inquiry)
{
    const char *name = http_argument(inquiry->request, "store");
    uint64_t number = http_store(inquiry->request);
    struct watch *watch = NULL;

    if (name != NULL)
        return observer_find(observer, name);
    if (!route_has_argument(inquiry->route, "store"))
        number = 0;
    do
        watch = observer_next(observer, watch);
    while (watch != NULL && watch->sources.number != number);
    return watch;
}

/* Returns false if it has answered. */
static bool place(struct observer *observer, struct inquiry *inquiry)
{
    struct watch *watch = find_watch(observer, inquiry);

    if (watch == NULL) {
        inquiry_refuse(
            inquiry, 404, "no such store; it may have been forgotten: see /v1/stores");
        return false;
    }
    inquiry->sources = &watch->sources;
    inquiry->question.port = watch_port_to_identify(watch);
    return true;
}

static void begin(struct observer *observer, struct inquiry *inquiry)
{
    if (!inquiry_check_arguments(inquiry) || !place(observer, inquiry) ||
        !inquiry->route->begin(inquiry) || inquiry->route->work_out == NULL) {
        end(inquiry);
        return;
    }
    list_remove(&inquiry->link);
    list_append(&observer->asked, &inquiry->link);
    census_ask(
        &CONTAINER_OF(inquiry->sources, struct watch, sources)->census, &inquiry->question);
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
    struct turns *turns = observer->turns;
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
        .observer = observer,
        .request = request,
        .route = routes_find(http_method(request), http_path(request)),
    };
    list_append(&observer->inquiries, &inquiry->link);
    turns_add(observer->turns, &observer->turn);
}

int observer_init(
    struct observer *observer, uv_loop_t *loop, struct turns *turns, bool serves_http,
    const struct changes *changes, void *context)
{
    int status = 0;

    *observer = (struct observer){
        .turns = turns, .changes = changes, .context = context, .turn.run = on_turn};
    list_init(&observer->watches);
    list_init(&observer->inquiries);
    list_init(&observer->asked);
    list_init(&observer->answered);
    if (serves_http)
        status = http_init(&observer->http, loop, on_requested, observer);
    if (status)
        return status;
    lag_init(&observer->lag, loop);
    observer->is_open = true;
    return 0;
}

void observer_add(struct observer *observer, struct watch *watch)
{
    watch->sources.lag = &observer->lag;
    list_append(&observer->watches, &watch->link);
}

void observer_remove(struct watch *watch)
{
    list_remove(&watch->link);
}

struct watch *observer_find(const struct observer *observer, const char *name)
{
    struct watch *watch = NULL;

    do
        watch = observer_next(observer, watch);
    while (watch != NULL && strcmp(watch->sources.name, name) != 0);
    return watch;
}

struct watch *observer_next(const struct observer *observer, const struct watch *watch)
{
    const struct list *link = watch == NULL ? &observer->watches : &watch->link;

    return link->next == &observer->watches ? NULL
                                            : CONTAINER_OF(link->next, struct watch, link);
}

size_t observer_clients(const struct observer *observer)
{
    const struct watch *watch = NULL;
    size_t count = 0;

    while ((watch = observer_next(observer, watch)) != NULL)
        count += clients_speaking(watch->sources.clients);
    return count;
}

void observer_set_busy(struct observer *observer, bool is_busy)
{
    if (observer->is_open)
        lag_set_busy(&observer->lag, is_busy);
}

void observer_adopt(
    struct observer *observer, int fd, const union address *peer, uint64_t store)
{
    http_adopt(&observer->http, fd, &peer->any, store);
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
    lag_close(&observer->lag);
    http_close(&observer->http);
}

void observer_done(struct observer *observer)
{
    if (observer->turns == NULL)
        return;
    free_all(&observer->inquiries);
    free_all(&observer->asked);
    free_all(&observer->answered);
}
