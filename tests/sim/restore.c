#include "sim/restore.h"

#include <limits.h>
#include <stdlib.h>

#include "replica/engine_image.h"
#include "sim/allocate.h"
#include "sim/check.h"
#include "sim/engine_start.h"
#include "sim/finish.h"

enum {
    FILL = 4096,        /* bytes of an image that are allocated at once */
    REFUSED_MAX = 1000, /* allocations, of which one is refused */
};

static void number_sessions(struct engine_sessions sessions)
{
    for (uint32_t i = 0; i < sessions.count; i++)
        sessions.list[i]->number = i;
}

/* Of the clients that are connected. */
static struct engine_sessions sessions_of(const struct simulation *simulation)
{
    struct engine_sessions sessions = {
        .list = allocate(simulation->client_count, sizeof(struct session *))};

    for (uint32_t i = 0; i < simulation->client_count; i++)
        if (simulation->clients[i].connected)
            sessions.list[sessions.count++] = &simulation->clients[i].session;
    number_sessions(sessions);
    return sessions;
}

static void copy_image(struct outbox *image, struct buffer *ret_copy)
{
    struct span view;

    while (outbox_peek(image, &view, 1) > 0) {
        buffer_add(ret_copy, view);
        outbox_consume(image, view.len);
    }
}

static struct buffer write_image(struct simulation *simulation, struct engine_sessions sessions)
{
    struct outbox image;
    struct image_writer writer = {.image = &image};
    struct buffer copy = {0};

    outbox_init(&image, &simulation->memory, FILL, SIZE_MAX / 2);
    engine_image_write(&writer, &simulation->engine, sessions);
    copy_image(&image, &copy);
    if (writer.error || copy.bytes == NULL)
        complain(simulation, 0, "the image is not written");
    outbox_done(&image);
    return copy;
}

static void begin_engine(struct simulation *simulation, struct engine_sessions sessions)
{
    engine_start(simulation);
    for (uint32_t i = 0; i < sessions.count; i++)
        engine_enter(sessions.list[i], &simulation->memory);
    number_sessions(sessions);
}

static void end_engine(struct simulation *simulation, struct engine_sessions sessions)
{
    for (uint32_t i = 0; i < sessions.count; i++) {
        simulation->effects.steps = LONG_MAX;
        if (!engine_leave(&simulation->engine, sessions.list[i], &simulation->effects))
            complain(simulation, 0, "a client at rest does not leave at once");
    }
    engine_done(&simulation->engine);
}

/* Returns its error. Of the requests that have arrived none is recorded again. */
static int read_image(
    struct simulation *simulation, struct engine_sessions sessions, struct span image)
{
    struct image_reader reader = {.rest = image};
    int code;

    simulation->engine.record = NULL;
    code = engine_image_read(&reader, &simulation->engine, sessions, &simulation->effects);
    simulation->engine.record = &simulation->record;
    if (code == 0 && reader.rest.len > 0)
        complain(simulation, 0, "%zu bytes of the image are not read", reader.rest.len);
    return code;
}

/* Its end is missing. */
static void read_short_image(
    struct simulation *simulation, struct engine_sessions sessions, struct span image)
{
    struct span part =
        span_of(image.bytes, random_below(&simulation->random, (uint32_t)image.len));

    begin_engine(simulation, sessions);
    if (read_image(simulation, sessions, part) != TCPSTORE_EINVAL)
        complain(simulation, 0, "%zu of %zu bytes of an image are read", part.len, image.len);
    end_engine(simulation, sessions);
}

/* It may still be one. */
static void read_changed_image(
    struct simulation *simulation, struct engine_sessions sessions, const struct buffer *image)
{
    uint8_t *byte = &image->bytes[random_below(&simulation->random, (uint32_t)image->len)];
    uint8_t bit = (uint8_t)(1 << random_below(&simulation->random, 8));

    begin_engine(simulation, sessions);
    *byte ^= bit;
    (void)!read_image(simulation, sessions, buffer_span(image));
    *byte ^= bit;
    end_engine(simulation, sessions);
    outbox_clear(&simulation->outbox);
}

/* Some memory only makes the engine faster. */
static void read_without_memory(
    struct simulation *simulation, struct engine_sessions sessions, struct span image)
{
    struct allocator *allocator = &simulation->allocator;
    uint32_t limit = 1 + random_below(&simulation->random, REFUSED_MAX);
    int code;

    begin_engine(simulation, sessions);
    allocator_refuse(allocator, 1 + random_below(&simulation->random, limit));
    code = read_image(simulation, sessions, image);
    if (code && (code != TCPSTORE_ENOMEM || !allocator_has_refused(allocator)))
        complain(simulation, 0, "reading an image without memory: %s", tcpstore_strerror(code));
    allocator_refuse_none(allocator);
    end_engine(simulation, sessions);
}

static void compare(
    struct simulation *simulation, const struct buffer *image, const struct buffer *other)
{
    if (!span_equal(buffer_span(image), buffer_span(other)))
        complain(simulation, 0, "the image of the restored engine differs");
}

void restore_engine(struct simulation *simulation)
{
    struct engine_sessions sessions;
    struct buffer image, again;

    finish_requests(simulation);
    check_store(simulation);
    sessions = sessions_of(simulation);
    image = write_image(simulation, sessions);
    end_engine(simulation, sessions);
    read_short_image(simulation, sessions, buffer_span(&image));
    read_changed_image(simulation, sessions, &image);
    read_without_memory(simulation, sessions, buffer_span(&image));
    begin_engine(simulation, sessions);
    if (read_image(simulation, sessions, buffer_span(&image)))
        complain(simulation, 0, "the image is not read");
    again = write_image(simulation, sessions);
    compare(simulation, &image, &again);
    check_store(simulation);
    simulation->tally.restored++;
    buffer_free(&image);
    buffer_free(&again);
    free(sessions.list);
}
