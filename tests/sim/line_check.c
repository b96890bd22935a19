#include "sim/line_check.h"

#include <inttypes.h>

#include "base/container.h"
#include "sim/check.h"

static const struct client *head_of(const struct line_class *class)
{
    const struct list *waiting = &class->waiting;

    return list_is_empty(waiting)
               ? NULL
               : CONTAINER_OF(waiting->next, struct client, session.place.link);
}

/* The caller may leave the line, and go to its end. */
void line_before_call(struct simulation *simulation, const struct client *caller)
{
    for (int i = 0; i < LINE_CLASSES; i++) {
        simulation->heads[i] = head_of(&simulation->engine.line.classes[i]);
        if (simulation->heads[i] == caller && simulation->steps > 0)
            simulation->heads[i] = NULL;
    }
}

static bool came_first(const struct simulation *simulation, const struct client *client)
{
    const struct client *head = simulation->heads[client->session.place.size_class];

    return head == NULL || head == client;
}

void line_take_ready(struct simulation *simulation)
{
    struct session *session;

    while ((session = engine_take_ready(&simulation->engine)) != NULL) {
        struct client *client = CONTAINER_OF(session, struct client, session);

        if (!client->connected || client->leaves || !(client->in_line || client->answer_at > 0))
            complain(
                simulation, client_number(simulation, client), "is ready, but not in line");
        if (!came_first(simulation, client))
            complain(
                simulation, client_number(simulation, client),
                "is ready before one of its size that came first");
        client->ready = true;
    }
}

void line_set(struct simulation *simulation, struct client *client, bool in_line)
{
    simulation->in_line -= client->in_line;
    client->in_line = in_line;
    simulation->in_line += in_line;
}

void line_check(struct simulation *simulation)
{
    const struct place *first = simulation->engine.line.first;
    const struct client *client;

    if (first == NULL) {
        if (simulation->in_line > 0)
            complain(
                simulation, 0, "%" PRIu32 " clients are in line, and none is first",
                simulation->in_line);
        return;
    }
    client = CONTAINER_OF(first, struct client, session.place);
    if (!session_must_go_on(&client->session) || !client->connected ||
        (client->in_line && !client->ready) ||
        (client->session.stop == STOP_NEEDS_BYTES && !client->leaves))
        complain(
            simulation, client_number(simulation, client),
            "is first in line, but does not go on");
}
