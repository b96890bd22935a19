#include "server/receiving.h"

#include <string.h>

#include "base/cold.h"
#include "base/step.h"
#include "record/record.h"
#include "server/client_turn.h"

enum {
    REQUESTS_PER_STEP = 64, /* bytes: many more could not be executed in the same turn */
    ROOM_MIN = 4096,
    SHORT_TURN_BYTES = 1024, /* of requests: a few dozen that have short keys and values */
};

static size_t room_max(struct client *client, size_t bytes_per_step)
{
    long steps = turn_begin(client->service->config.turns, &client->turn);
    size_t max = (size_t)(steps > 0 ? steps : 0) * bytes_per_step;

    return max < ROOM_MIN ? ROOM_MIN : max;
}

/* A request of the store's protocol begins with a byte below 32, an HTTP method with a letter.
 * Returns whether the client is not served here. */
static COLD __attribute__((noinline)) bool look_at_first_byte(struct client *client)
{
    int byte = client->service->config.serve_http == NULL ? 0 : stream_peek(client->stream);

    client->is_http = byte >= 'A' && byte <= 'Z';
    client->is_late = !client->is_http && *client->service->config.is_draining;
    client->is_new = client->is_http || client->is_late;
    if (client->is_new)
        return true;
    client->service->new_count--;
    client_record_arrival(client);
    return false;
}

/* For requests that begin with the first byte: in the record, which need not copy them then. */
static struct room room_for_requests(const struct client *client)
{
    struct service *service = client->service;
    const struct record *record = service->config.engine->record;
    struct room room = {.bytes = NULL};

    if (record != NULL && input_is_empty(&client->session.input))
        room = record_room(record);
    if (room.bytes == NULL)
        return (struct room){service->config.read_buffer, READ_BUFFER_SIZE};
    if (room.len > READ_BUFFER_SIZE)
        room.len = READ_BUFFER_SIZE;
    return room;
}

struct room receiving_room(void *owner)
{
    struct client *client = owner;
    struct service *service = client->service;
    struct room room = session_room(service->config.engine, &client->session);
    size_t max;

    if (client->is_new && look_at_first_byte(client))
        return (struct room){NULL, 0}; /* nothing is read: the stream ends */
    client->receives_in_session = room.bytes != NULL;
    max = room_max(client, client->receives_in_session ? STEP_NEW_BYTES : REQUESTS_PER_STEP);

    if (!client->receives_in_session)
        room = room_for_requests(client);
    if (room.len > max)
        room.len = max;
    client->room = room.len;
    return room;
}

/* In a short turn, only a few small requests are executed. Others might take much longer than a
 * short turn should, and there may be thousands of them: they wait for turns. */
static bool must_wait(const struct client *client, size_t len)
{
    return turns_are_short(client->service->config.turns) &&
           (len > SHORT_TURN_BYTES || !input_is_empty(&client->session.input));
}

static void begin_received(struct client *client, size_t len)
{
    struct service *service = client->service;
    bool waits = must_wait(client, len);

    client_begin_turn(client);
    service->effects.steps -= (long)(len / STEP_NEW_BYTES);
    if (waits)
        service->effects.steps = 0;
    service->received_bytes += len;
    client->has_more = len == client->room;
    client->received_at = service->effects.now;
}

/* In the record, the next entry would overwrite them. */
static struct span keep_left(struct service *service, struct span bytes)
{
    memmove(service->config.read_buffer, bytes.bytes, bytes.len);
    return span_of(service->config.read_buffer, bytes.len);
}

static void feed(struct client *client, struct span bytes)
{
    struct service *service = client->service;
    const struct effects *effects = &service->effects;

    do {
        enum stop stop =
            session_feed(service->config.engine, &client->session, bytes, &service->effects);

        bytes = span_last(bytes, effects->left);
        if (bytes.len > 0)
            bytes = keep_left(service, bytes);
        client_apply(client, stop);
    } while (bytes.len > 0 && client->state != CLIENT_CLOSING && !client->is_refused);
}

/* Apart from the others, so that they pay little for it. */
static COLD __attribute__((noinline)) void take_and_measure(
    struct client *client, struct span bytes)
{
    const struct engine *engine = client->service->config.engine;
    uint64_t executed[ENGINE_OPERATIONS];
    uint64_t begun = uv_hrtime();

    memcpy(executed, engine->executed, sizeof(executed));
    receiving_take(client, bytes);
    for (unsigned i = 0; i < ENGINE_OPERATIONS; i++) {
        if (engine->executed[i] > executed[i])
            histogram_add(&client->service->config.durations->turns[i], uv_hrtime() - begun);
    }
}

void receiving_take(void *owner, struct span bytes)
{
    struct client *client = owner;
    struct service *service = client->service;
    struct effects *effects = &service->effects;

    if (--service->config.durations->reads_left == 0) {
        service->config.durations->reads_left = DURATIONS_SAMPLED;
        take_and_measure(client, bytes);
        return;
    }
    begin_received(client, bytes.len);
    if (client->is_refused)
        client_settle(client);
    else if (client->receives_in_session)
        client_apply(
            client,
            session_received(service->config.engine, &client->session, bytes.len, effects));
    else
        feed(client, bytes);
    client_end_turn(client);
}

void receiving_read_now(struct client *client)
{
    client_set_state(client, CLIENT_STOPPED);
    if (!stream_read(client->stream)) {
        client_begin_turn(client);
        client_set_state(client, CLIENT_READING);
        client_end_turn(client);
    }
}
