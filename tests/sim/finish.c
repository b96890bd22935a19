#include "sim/finish.h"

#include "base/container.h"
#include "sim/calls.h"
#include "sim/check.h"

enum { TURNS_MAX = 100000 /* until all requests of a client are executed */ };

static uint32_t number_of_place(const struct simulation *simulation, const struct place *place)
{
    const struct client *client = CONTAINER_OF(place, struct client, session.place);

    return client_number(simulation, client);
}

/* Whether the session stopped, but not for bytes. */
static bool is_stopped(const struct client *client)
{
    return client->connected && !client->leaves && client->session.stop != STOP_NEEDS_BYTES;
}

/* Until it must wait for another, or has left or executed all. */
static void finish_client(struct simulation *simulation, uint32_t number)
{
    const struct client *client = &simulation->clients[number];

    for (int turns = 0; client->leaves || (is_stopped(client) && !client_must_wait(client));
         turns++) {
        if (turns == TURNS_MAX)
            complain(simulation, number, "goes on for ever");
        simulation->now++;
        if (client->leaves)
            call_leave(simulation, number);
        else
            call_continue(simulation, number);
    }
}

static void finish_line(struct simulation *simulation)
{
    const struct place *first;

    while ((first = simulation->engine.line.first) != NULL)
        finish_client(simulation, number_of_place(simulation, first));
}

void finish_requests(struct simulation *simulation)
{
    simulation->finishes = true;
    finish_line(simulation);
    for (uint32_t i = 0; i < simulation->client_count; i++) {
        finish_client(simulation, i);
        finish_line(simulation);
    }
    call_send_releases(simulation, UINT32_MAX);
    for (uint32_t i = 0; i < simulation->client_count; i++) {
        if (is_stopped(&simulation->clients[i]))
            complain(simulation, i, "is still in line, but is the only one");
        if (simulation->clients[i].listed > 0)
            complain(simulation, i, "is released, but has no reply to that");
    }
    simulation->finishes = false;
}
