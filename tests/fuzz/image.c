/*
 * Images of an engine and four sessions, right ones and damaged ones. What is read of a damaged
 * one does no harm, and all memory must be free when the sessions have left. An engine that is
 * restored from what one that was restored writes must write the same.
 *
 * The input: a byte, the number of the allocation to refuse while the image is read; then the
 * image.
 */
#include <limits.h>

#include "fuzz/arena.h"
#include "fuzz/target.h"
#include "replica/engine_image.h"

enum {
    SESSIONS = 4,
    FILL_SIZE = 256,      /* of an outbox */
    IMAGE_MAX = 64 << 10, /* bytes */
    REPLIES_MAX = IMAGE_MAX,
    INPUT_MAX = 4096, /* bytes of an image */
};

struct world {
    struct arena arena;
    struct memory memory;
    struct engine engine;
    struct outbox replies;
    struct effects effects;
    struct session own[SESSIONS];
    struct session *list[SESSIONS];
};

struct image {
    uint8_t bytes[IMAGE_MAX];
    size_t len;
};

static struct engine_sessions sessions_of(struct world *world)
{
    return (struct engine_sessions){world->list, SESSIONS};
}

static void begin(struct world *world)
{
    static const struct engine_limits limits = {
        .wire = {.key_bytes = 64, .value_bytes = 8192, .keys_per_request = 16},
        .queue_entries = 4,
        .appended_bytes = 16384,
        .reply_bytes = 1024,
        .room_bytes = 1,
        .bytes_at_once = 1024,
        .query_keys = 2,
        .query_bytes = 1000,
        .items_at_once = 2,
    };
    const struct hash_key hash_key = {{1, 2, 3}};

    arena_init(&world->arena, &world->memory, 0);
    outbox_init(&world->replies, &world->memory, FILL_SIZE, REPLIES_MAX);
    effects_init(&world->effects, &world->replies);
    MUST(engine_init(&world->engine, &world->memory, &world->memory, &hash_key, &limits) == 0);
    for (size_t i = 0; i < SESSIONS; i++) {
        world->list[i] = &world->own[i];
        engine_enter(world->list[i], &world->memory);
        world->own[i].number = (uint32_t)i;
    }
}

static void end(struct world *world)
{
    for (size_t i = 0; i < SESSIONS; i++) {
        world->effects.steps = LONG_MAX;
        MUST(engine_leave(&world->engine, world->list[i], &world->effects));
    }
    outbox_done(&world->replies);
    engine_done(&world->engine);
    MUST(world->arena.blocks == 0 && world->memory.used == 0);
}

static int read_image(struct world *world, struct span image)
{
    struct image_reader reader = {.rest = image};

    return engine_image_read(&reader, &world->engine, sessions_of(world), &world->effects);
}

static void write_image(struct world *world, struct image *ret_image)
{
    struct outbox outbox;
    struct image_writer writer = {.image = &outbox};
    struct span view;

    outbox_init(&outbox, &world->memory, FILL_SIZE, IMAGE_MAX);
    engine_image_write(&writer, &world->engine, sessions_of(world));
    MUST(writer.error == 0);
    ret_image->len = 0;
    while (outbox_peek(&outbox, &view, 1) > 0) {
        span_copy(ret_image->bytes + ret_image->len, view);
        ret_image->len += view.len;
        outbox_consume(&outbox, view.len);
    }
    outbox_done(&outbox);
}

static void check_that_it_is_the_same_again(const struct image *image)
{
    static struct image again;
    struct world world;

    begin(&world);
    MUST(read_image(&world, span_of(image->bytes, image->len)) == 0);
    write_image(&world, &again);
    MUST(span_equal(span_of(image->bytes, image->len), span_of(again.bytes, again.len)));
    end(&world);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct image image;
    struct span input = span_of(data, size);
    uint8_t refused = take_byte(&input);
    struct world world;
    int code;

    if (input.len > INPUT_MAX)
        return 0;
    begin(&world);
    if (refused > 0)
        world.arena.refused_at = world.arena.requests + refused;
    code = read_image(&world, input);
    MUST(code == 0 || code == TCPSTORE_EINVAL || code == TCPSTORE_ENOMEM);
    world.arena.refused_at = 0;
    if (code == 0)
        write_image(&world, &image);
    end(&world);
    if (code == 0)
        check_that_it_is_the_same_again(&image); /* the input may name waits twice */
    return 0;
}
