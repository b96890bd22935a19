#include "rig.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "wire/encode.h"

enum { FILL_SIZE = 64 * 1024 };

_Noreturn void rig_fail(const char *what)
{
    fprintf(stderr, "instructions: %s\n", what);
    exit(1);
}

void *rig_allocate(size_t count, size_t size)
{
    void *memory = calloc(count, size);

    if (memory == NULL)
        rig_fail("no memory");
    return memory;
}

static void *resize(void *context, void *pointer, size_t old_size, size_t size)
{
    (void)context;
    (void)old_size;
    if (size > 0)
        return realloc(pointer, size);
    free(pointer);
    return NULL;
}

void rig_start(struct rig *rig)
{
    static const struct hash_key hash_key = {
        {0x8c5a0f2e9d371b64, 0x41e6b7f3d2089ca5, 0xd3917c4ae5f60b28}};
    static const struct engine_limits limits = {
        .wire = {.key_bytes = 8192, .value_bytes = 8 << 20, .keys_per_request = 128 << 10},
        .queue_entries = 1 << 20,
        .appended_bytes = 1 << 30,
        .reply_bytes = 1 << 20,
        .room_bytes = 64 << 10,
        .bytes_at_once = 1 << 20,
        .query_keys = 16,
        .query_bytes = 1 << 20,
        .items_at_once = 256, /* fewer than linear asks for */
    };

    memory_init(&rig->memory, resize, NULL, SIZE_MAX);
    outbox_init(&rig->replies, &rig->memory, FILL_SIZE, SIZE_MAX);
    effects_init(&rig->effects, &rig->replies);
    if (engine_init(&rig->engine, &rig->memory, &rig->memory, &hash_key, &limits))
        rig_fail("the engine does not start");
    record_init(&rig->record, rig_allocate(1, RIG_RECORD_SIZE), RIG_RECORD_SIZE);
    rig->engine.record = &rig->record;
}

void rig_stop(struct rig *rig)
{
    engine_done(&rig->engine);
    free(rig->record.memory);
    outbox_done(&rig->replies);
}

void rig_receive(struct rig *rig, struct session *session, struct span bytes)
{
    struct effects *effects = &rig->effects;

    effects->steps = LONG_MAX;
    if (session_feed(&rig->engine, session, bytes, effects) != STOP_NEEDS_BYTES)
        rig_fail(effects->refusal.operation);
    while (engine_take_released(effects) != NULL) {
        if (engine_reply_released(&rig->replies))
            rig_fail("a release without a reply");
    }
    outbox_clear(&rig->replies);
}

void rig_enter(struct rig *rig, struct session *session)
{
    uint8_t bytes[RIG_REQUEST_MAX];
    const uint8_t *end = encode_request(
        &(struct encode){.opcode = WIRE_VALIDATE, .word = WIRE_VALIDATE_MAGIC}, bytes);

    engine_enter(session, &rig->memory);
    rig_receive(rig, session, span_of(bytes, (size_t)(end - bytes)));
}

void rig_leave(struct rig *rig, struct session *session)
{
    rig->effects.steps = LONG_MAX;
    engine_leave(&rig->engine, session, &rig->effects);
}

struct span rig_key(size_t index, char name[RIG_KEY_SIZE + 1])
{
    snprintf(name, RIG_KEY_SIZE + 1, "/tcpstore-bench/%016zu", index);
    return span_of(name, RIG_KEY_SIZE);
}
