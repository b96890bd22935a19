#include "embed/ending.h"

#include <stdio.h>
#include <string.h>

#include "base/container.h"

enum {
    END_MS = 100,      /* lets the answer to PUT /v1/drain go out */
    REPORT_MS = 10000, /* between the lines that tell who is left */
    NAMED = 8,         /* clients in such a line */
    NAMES_MAX = NAMED * (ADDRESS_TEXT_MAX + 1),
};

/* Also those that a relay serves by another store. */
static size_t count_clients(const struct common *common)
{
    size_t relayed =
        relaying_is_on(&common->relaying) ? common->relaying.uplink->clients.speaking : 0;

    return observer_clients(&common->observer) + relayed;
}

static bool is_to_end(const struct ending *ending)
{
    const struct common *common = ending->common;

    if (!common->observer.is_draining && !(ending->serves_once && common->has_served))
        return false;
    return count_clients(common) == 0;
}

/* Appends clients of one store until NAMED are named. */
static void name_clients(const struct clients *clients, char *names, unsigned *named)
{
    const struct list *link;
    char peer[ADDRESS_TEXT_MAX];

    for (link = clients->connected.next; link != &clients->connected && *named < NAMED;
         link = link->next) {
        const struct client *client = CONTAINER_OF(link, struct client, link);
        size_t len = strlen(names);

        if (client->is_new)
            continue;
        snprintf(
            names + len, NAMES_MAX - len, "%s%s", len > 0 ? "," : "",
            address_format(&client->peer, peer));
        ++*named;
    }
}

static void report(const struct common *common)
{
    size_t count = count_clients(common);
    char names[NAMES_MAX] = "";
    unsigned named = 0;
    const struct watch *watch = NULL;

    while ((watch = observer_next(&common->observer, watch)) != NULL)
        name_clients(watch->sources.clients, names, &named);
    log_write(
        &common->log, TCPSTORE_LOG_INFO, "draining",
        "clients=%zu left=%s%s reason=\"new clients are refused; the server exits when these "
        "have left\"",
        count, names, count > named ? ",..." : "");
}

static void on_time(uv_timer_t *timer)
{
    struct ending *ending = timer->data;

    if (is_to_end(ending)) {
        ending->end(ending->context);
        return;
    }
    if (!ending->common->observer.is_draining)
        return;
    report(ending->common);
    uv_timer_start(timer, on_time, REPORT_MS, 0);
}

void ending_init(
    struct ending *ending, struct common *common, bool serves_once, void (*end)(void *context),
    void *context)
{
    *ending = (struct ending){
        .common = common,
        .serves_once = serves_once,
        .is_open = true,
        .end = end,
        .context = context,
    };
    uv_timer_init(&common->loop, &ending->timer);
    ending->timer.data = ending;
}

/* HTTP connections are changes, too, but must not postpone an end that is due. */
static bool is_about_to_end(const struct ending *ending)
{
    return uv_is_active((const uv_handle_t *)&ending->timer) &&
           uv_timer_get_due_in(&ending->timer) <= END_MS;
}

void ending_note_change(struct ending *ending)
{
    if (ending->is_open && is_to_end(ending) && !is_about_to_end(ending))
        uv_timer_start(&ending->timer, on_time, END_MS, 0);
}

void ending_drain(struct ending *ending)
{
    struct common *common = ending->common;

    if (!ending->is_open || common->observer.is_draining)
        return;
    common->observer.is_draining = true;
    report(common);
    uv_timer_start(&ending->timer, on_time, is_to_end(ending) ? END_MS : REPORT_MS, 0);
}

void ending_close(struct ending *ending)
{
    if (!ending->is_open)
        return;
    ending->is_open = false;
    uv_close((uv_handle_t *)&ending->timer, NULL);
}
