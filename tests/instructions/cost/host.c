#include "host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/encode.h"

enum {
    ALLOCATION = 16,        /* blocks that the allocator takes each time, some 50 ns */
    PAGE_GIVEN_BACK = 50,   /* blocks */
    BUCKETS_SIZE = 4096,    /* of a segment of a table, see src/base/table.c */
    MAX_TURNS = 100 * 1000, /* of one request */
};

_Noreturn void host_fail(const char *what)
{
    fprintf(stderr, "cost: %s\n", what);
    exit(1);
}

void *host_allocate(size_t count, size_t size)
{
    void *memory = calloc(count, size);

    if (memory == NULL)
        host_fail("no memory");
    return memory;
}

/* What the system takes for it: a block may have to move, and its pages to be given back. */
static void count_resize(size_t old_size, size_t size)
{
    counters_add_blocks(ALLOCATION);
    if (size < old_size)
        counters_add_blocks((old_size - size) / MEMORY_PAGE * PAGE_GIVEN_BACK);
    else if (old_size < MEMORY_LARGE)
        counters.bytes += old_size;
}

static void *resize(void *context, void *pointer, size_t old_size, size_t size)
{
    struct host *host = context;

    count_resize(old_size, size);
    if (size == 0) {
        free(pointer);
        return NULL;
    }
    if (host->refuses_buckets && size == BUCKETS_SIZE) {
        host->refusals++;
        return NULL;
    }
    return realloc(pointer, size);
}

static void count_call(struct host *host, const struct counters *before)
{
    struct tally *tally = &host->tally;
    struct counters cost = {counters.blocks - before->blocks, counters.bytes - before->bytes};

    tally->calls++;
    tally->total.blocks += cost.blocks;
    tally->total.bytes += cost.bytes;
    if (cost.blocks > tally->longest.blocks)
        tally->longest.blocks = cost.blocks;
    if (cost.bytes > tally->longest.bytes)
        tally->longest.bytes = cost.bytes;
}

static void take_effects(struct host *host)
{
    while (engine_take_released(&host->effects) != NULL)
        host->tally.answered++;
    host->tally.answered += host->replies.bytes;
    if (host->keeps_replies && outbox_move(&host->unread, &host->replies))
        host_fail("no memory for replies");
    outbox_clear(&host->replies);
    while (memory_give_back(&host->memory, SIZE_MAX))
        ;
}

static const uint8_t *feed(
    struct host *host, struct session *session, struct span bytes, enum stop *ret_stop)
{
    struct room room = session_room(&host->engine, session);
    struct counters before;

    if (room.bytes == NULL) {
        size_t len = bytes.len < HOST_READ ? bytes.len : HOST_READ;

        before = counters;
        *ret_stop =
            session_feed(&host->engine, session, span_of(bytes.bytes, len), &host->effects);
        count_call(host, &before);
        return bytes.bytes + len - host->effects.left;
    }
    if (room.len > bytes.len)
        room.len = bytes.len;
    memcpy(room.bytes, bytes.bytes, room.len);
    before = counters;
    *ret_stop = session_received(&host->engine, session, room.len, &host->effects);
    count_call(host, &before);
    return bytes.bytes + room.len;
}

static enum stop go_on(struct host *host, struct session *session)
{
    struct counters before = counters;
    enum stop stop = session_continue(&host->engine, session, &host->effects);

    count_call(host, &before);
    return stop;
}

/* Its requests are executed at once, whatever others have in progress. */
static void serve_bystander(struct host *host)
{
    struct counters before = counters;
    uint64_t blocks;

    if (!host->has_bystander)
        return;
    host->effects.steps = HOST_STEPS;
    if (session_feed(&host->engine, &host->bystander, host->requests, &host->effects) !=
        STOP_NEEDS_BYTES)
        host_fail("the bystander has to wait");
    blocks = counters.blocks - before.blocks;
    if (blocks > host->bystander_longest)
        host->bystander_longest = blocks;
    while (engine_take_released(&host->effects) != NULL)
        host->tally.answered++;
    outbox_clear(&host->replies);
}

/* Returns false if the session has left. */
static bool after_call(struct host *host, struct session *session, enum stop stop)
{
    take_effects(host);
    if (stop == STOP_REFUSED) {
        host_leave(host, session);
        return false;
    }
    if (stop == STOP_PENDING && engine_take_ready(&host->engine) != session)
        host_fail("nothing makes the pending request go on");
    serve_bystander(host);
    return true;
}

/* Ends early when `turns` turns are over. */
static bool send_some(
    struct host *host, struct session *session, struct span bytes, size_t turns)
{
    const uint8_t *end = bytes.bytes + bytes.len;
    const uint8_t *at = bytes.bytes;
    enum stop stop = STOP_NEEDS_BYTES;

    while (turns > 0 && (at < end || stop != STOP_NEEDS_BYTES)) {
        host->effects.steps = HOST_STEPS;
        if (stop == STOP_NEEDS_BYTES)
            at = feed(host, session, span_of(at, (size_t)(end - at)), &stop);
        else
            stop = go_on(host, session);
        if (!after_call(host, session, stop))
            return false;
        turns -= stop == STOP_TURN_OVER;
    }
    return true;
}

bool host_send(struct host *host, struct session *session, struct span bytes)
{
    bool is_there = send_some(host, session, bytes, MAX_TURNS);

    if (is_there && session->stop != STOP_NEEDS_BYTES)
        host_fail("a request does not end");
    return is_there;
}

void host_send_and_leave(
    struct host *host, struct session *session, struct span bytes, size_t turns)
{
    if (send_some(host, session, bytes, turns))
        host_leave(host, session);
}

void host_leave(struct host *host, struct session *session)
{
    bool is_done;

    do {
        struct counters before = counters;

        host->effects.steps = HOST_STEPS;
        is_done = engine_leave(&host->engine, session, &host->effects);
        count_call(host, &before);
        take_effects(host);
        serve_bystander(host);
    } while (!is_done);
}

void host_enter(struct host *host, struct session *session)
{
    uint8_t bytes[8];
    const uint8_t *end = encode_request(
        &(struct encode){.opcode = WIRE_VALIDATE, .word = WIRE_VALIDATE_MAGIC}, bytes);

    engine_enter(session, &host->memory);
    host->effects.steps = HOST_STEPS;
    if (session_feed(
            &host->engine, session, span_of(bytes, (size_t)(end - bytes)), &host->effects) !=
        STOP_NEEDS_BYTES)
        host_fail("VALIDATE is refused");
}

/* One of each of those that a job sends most. */
static void encode_bystander(struct host *host)
{
    static const struct span key = {(const uint8_t *)"bystander", 9};
    static const struct span value = {(const uint8_t *)"1", 1};
    static const enum wire_opcode opcodes[] = {WIRE_SET,        WIRE_GET,       WIRE_ADD,
                                               WIRE_CHECK,      WIRE_WAIT,      WIRE_MULTI_GET,
                                               WIRE_QUEUE_PUSH, WIRE_QUEUE_POP, WIRE_PING};
    uint8_t *end = host->request_bytes;

    for (size_t i = 0; i < sizeof(opcodes) / sizeof(opcodes[0]); i++) {
        struct encode encode = {
            .opcode = opcodes[i], .keys = &key, .values = &value, .number = 1, .count = 1};

        end = encode_request(&encode, end);
    }
    host->requests = span_of(host->request_bytes, (size_t)(end - host->request_bytes));
}

void host_reset(struct host *host)
{
    host->tally = (struct tally){.calls = 0};
    host->bystander_longest = 0;
    host->has_bystander = true;
}

void host_start(struct host *host)
{
    static const struct hash_key hash_key = {
        {0x8c5a0f2e9d371b64, 0x41e6b7f3d2089ca5, 0xd3917c4ae5f60b28}};
    static const struct engine_limits limits = {
        .wire = {.key_bytes = 8192, .value_bytes = 8 << 20, .keys_per_request = 128 << 10},
        .queue_entries = 1 << 20,
        .appended_bytes = 1 << 30,
        .reply_bytes = 512 << 10,
        .room_bytes = HOST_READ,
        .bytes_at_once = 1 << 20,
        .items_at_once = HOST_STEPS,
        .query_keys = 16,
        .query_bytes = 64 << 20,
    };

    *host = (struct host){.keeps_replies = false};
    memory_init(&host->memory, resize, host, SIZE_MAX);
    outbox_init(&host->replies, &host->memory, HOST_READ, 1 << 30);
    outbox_init(&host->unread, &host->memory, HOST_READ, SIZE_MAX);
    effects_init(&host->effects, &host->replies);
    if (engine_init(&host->engine, &host->memory, &host->memory, &hash_key, &limits))
        host_fail("the engine does not start");
    host_enter(host, &host->bystander);
    encode_bystander(host);
}

void host_stop(struct host *host)
{
    host->effects.steps = HOST_STEPS;
    if (!engine_leave(&host->engine, &host->bystander, &host->effects))
        host_fail("the bystander cannot leave");
    engine_done(&host->engine);
    outbox_done(&host->unread);
    outbox_done(&host->replies);
}
