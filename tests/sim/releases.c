#include "sim/releases.h"

#include <inttypes.h>

#include "base/container.h"
#include "sim/check.h"

bool releases_may_be_late(const struct simulation *simulation, uint32_t client)
{
    return simulation->releases.is_open &&
           simulation->clients[client].late_in == simulation->releases.moment;
}

void releases_begin_moment(struct simulation *simulation, const struct command *command)
{
    simulation->releases.moment++;
    simulation->releases.is_open = true;
    for (uint32_t i = 0; i < command->count; i++) {
        const struct client_list *waiting = &simulation->model.names[command->names[i]].waiting;

        for (size_t j = 0; j < waiting->count; j++)
            simulation->clients[waiting->clients[j]].late_in = simulation->releases.moment;
    }
}

void releases_expect_late(struct simulation *simulation, uint32_t client)
{
    simulation->clients[client].late = true;
    simulation->releases.late++;
}

void releases_end_late(struct simulation *simulation, uint32_t client)
{
    simulation->clients[client].late = false;
    simulation->releases.late--;
    simulation->tally.late++;
}

void releases_expect(struct simulation *simulation)
{
    struct client_list *released = &simulation->answer.released;

    for (size_t i = 0; i < released->count; i++) {
        uint32_t number = released->clients[i];

        if (releases_may_be_late(simulation, number))
            releases_expect_late(simulation, number);
        else
            client_list_add(&simulation->releases.expected, number);
    }
    released->count = 0;
}

static struct client *client_at(struct list *link)
{
    return CONTAINER_OF(
        CONTAINER_OF(link, struct waiter, released), struct client, session.waiter);
}

/* New releases are at the end of the engine's list. */
static struct list *first_new(struct simulation *simulation)
{
    struct list *head = &simulation->effects.released.waiters;
    struct list *link = head;

    while (link->prev != head && client_at(link->prev)->listed == 0)
        link = link->prev;
    return link;
}

/* Returns the index of the next expected one. */
static size_t check_new(struct simulation *simulation, struct client *client, size_t next)
{
    const struct client_list *expected = &simulation->releases.expected;
    uint32_t number = client_number(simulation, client);

    client->listed = ++simulation->releases.listed;
    simulation->checksum = random_mix(simulation->checksum ^ number);
    simulation->tally.released++;
    if (client->late) {
        releases_end_late(simulation, number);
        return next;
    }
    if (next == expected->count || expected->clients[next] != number)
        complain(simulation, number, "is released, but the model does not release it now");
    return next + 1;
}

void releases_check(struct simulation *simulation)
{
    struct releases *releases = &simulation->releases;
    struct list *head = &simulation->effects.released.waiters;
    size_t next = 0;

    for (struct list *link = first_new(simulation); link != head; link = link->next)
        next = check_new(simulation, client_at(link), next);
    if (next < releases->expected.count)
        complain(
            simulation, releases->expected.clients[next],
            "still waits, but the model releases it");
    releases->expected.count = 0;
    if (simulation->effects.released.own_released)
        complain(simulation, 0, "a client has no reply to its own release");
    if (simulation->engine.store.moment.phase == MOMENT_SETTLING)
        return;
    releases->is_open = false;
    if (releases->late > 0)
        complain(
            simulation, 0, "%" PRIu64 " clients are not released after all keys have settled",
            releases->late);
}

bool releases_take(struct simulation *simulation, uint32_t *ret_client)
{
    struct session *session = engine_take_released(&simulation->effects);
    struct client *client;
    uint32_t number;

    if (session == NULL)
        return false;
    client = CONTAINER_OF(session, struct client, session);
    number = client_number(simulation, client);
    if (client->listed <= simulation->releases.taken)
        complain(simulation, number, "is released out of order");
    if (client->has_begun && client->rest.len > 0)
        complain(simulation, number, "is released in the middle of a reply");
    simulation->releases.taken = client->listed;
    client->listed = 0;
    *ret_client = number;
    return true;
}
