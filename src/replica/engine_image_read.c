#include <limits.h>

#include "base/decimal.h"
#include "replica/engine_image.h"
#include "replica/engine_layout.h"

/* Names that may follow that of a wait: so their memory is allocated in blocks that double. */
static const size_t MANY_MORE = SIZE_MAX / 2;

struct reading {
    struct image_reader *image;
    struct engine *engine;
    struct engine_sessions sessions;
    struct effects *effects;
    struct crowd **crowds;
    uint32_t crowd_count;
};

static struct name take_name(const struct reading *reading)
{
    return store_name(&reading->engine->store, image_get_bytes(reading->image));
}

static struct slice take_value(const struct reading *reading)
{
    return slice_borrowed(image_get_value(reading->image));
}

/* Whether the image had all that was read so far. */
static int check(const struct reading *reading)
{
    return reading->image->is_damaged ? TCPSTORE_EINVAL : 0;
}

/* An earlier build may have fewer operations. */
static int read_counts(const struct reading *reading)
{
    uint32_t count = image_get_u32(reading->image);

    if (count > ENGINE_OPERATIONS)
        return TCPSTORE_EINVAL;
    for (uint32_t i = 0; i < count; i++)
        reading->engine->executed[i] = image_get_u64(reading->image);
    return check(reading);
}

/* A number gets room for any other: a barrier must be able to take back what it has counted
 * without memory. */
static struct entry *new_entry(
    struct memory *memory, struct span key, const struct slice *value)
{
    uint8_t text[DECIMAL_MAX];
    int64_t number;

    if (value->span.len <= DECIMAL_MAX && decimal_parse(value->span, &number) == 0 &&
        span_equal(value->span, span_of(text, decimal_format(number, text))))
        return entry_new_number(memory, key, number);
    return entry_new(memory, key, value);
}

static int read_key(const struct reading *reading)
{
    struct keys *keys = &reading->engine->store.keys;
    struct name name = take_name(reading);
    struct slice value = take_value(reading);
    struct table_node **link = keys_find(keys, name);
    struct entry *entry;

    if (check(reading) || *link != NULL)
        return TCPSTORE_EINVAL;
    entry = new_entry(keys->table.memory, name_key(name), &value);
    return entry == NULL ? TCPSTORE_ENOMEM : keys_put(keys, link, entry);
}

static int read_queued(const struct reading *reading, struct name name)
{
    struct slice value = take_value(reading);
    struct queue_push push;
    int code = check(reading);

    if (code == 0)
        code = queues_prepare(&reading->engine->store.queues, name, &value, &push);
    if (code == 0)
        queues_commit(&push);
    return code;
}

static int read_queue(const struct reading *reading)
{
    struct name name = take_name(reading);
    uint64_t length = image_get_u64(reading->image);
    int code = check(reading);

    if (length == 0 || queues_length(&reading->engine->store.queues, name) > 0)
        return TCPSTORE_EINVAL;
    while (code == 0 && length-- > 0)
        code = read_queued(reading, name);
    return code;
}

/* Reads a count, and so many. */
static int read_each(const struct reading *reading, int (*read_one)(const struct reading *))
{
    uint64_t count = image_get_u64(reading->image);
    int code = check(reading);

    while (code == 0 && count-- > 0)
        code = read_one(reading);
    return code;
}

/* They are the beginning of a request, and were not refused when they came. */
static int read_input(const struct reading *reading, struct session *session)
{
    struct span bytes = image_get_value(reading->image);
    struct effects *effects = reading->effects;
    int code = check(reading);

    if (code || bytes.len == 0)
        return code;
    effects->steps = LONG_MAX;
    if (session_feed(reading->engine, session, bytes, effects) == STOP_REFUSED)
        return effects->refusal.code == TCPSTORE_ENOMEM ? TCPSTORE_ENOMEM : TCPSTORE_EINVAL;
    return session->stop != STOP_NEEDS_BYTES || session->input.len != bytes.len
               ? TCPSTORE_EINVAL
               : 0;
}

static int read_session(const struct reading *reading, struct session *session)
{
    struct image_reader *image = reading->image;
    uint8_t flags = image_get_u8(image);
    struct span key;

    session->activity.requests = image_get_u64(image);
    key = image_get_bytes(image);
    session->waiter.barrier_size = image_get_u32(image);
    if (check(reading) || (flags & ~SESSION_FLAGS) != 0 || key.len > ACTIVITY_KEY_MAX)
        return TCPSTORE_EINVAL;
    session->validated = (flags & SESSION_VALIDATED) != 0;
    session->is_known = (flags & SESSION_IS_KNOWN) != 0;
    activity_note_key(&session->activity, key);
    return read_input(reading, session);
}

static int read_sessions(const struct reading *reading)
{
    int code = 0;

    if (image_get_u32(reading->image) != reading->sessions.count)
        return TCPSTORE_EINVAL;
    for (uint32_t i = 0; code == 0 && i < reading->sessions.count; i++)
        code = read_session(reading, reading->sessions.list[i]);
    return code;
}

/* NULL: no session has that number. */
static struct waiter *take_session(const struct reading *reading)
{
    uint32_t number = image_get_u32(reading->image);

    return number < reading->sessions.count ? &reading->sessions.list[number]->waiter : NULL;
}

/* NULL, with an error: no crowd has that number, or memory is refused. */
static struct crowd *take_crowd(const struct reading *reading, int *ret_error)
{
    uint32_t number = image_get_u32(reading->image);

    *ret_error = TCPSTORE_EINVAL;
    if (number >= reading->crowd_count)
        return NULL;
    *ret_error = TCPSTORE_ENOMEM;
    if (reading->crowds[number] == NULL)
        reading->crowds[number] = crowd_restore(&reading->engine->store.waits);
    return reading->crowds[number];
}

static int read_wait_of_session(const struct reading *reading, bool is_counted)
{
    struct waits *waits = &reading->engine->store.waits;
    struct waiter *waiter = take_session(reading);
    struct name name = take_name(reading);

    if (check(reading) || waiter == NULL || waiter->is_counted ||
        (is_counted && waiter_is_waiting(waiter)))
        return TCPSTORE_EINVAL; /* a client in a barrier waits for nothing else */
    return is_counted ? waiter_add_barrier(waits, waiter, name)
                      : waiter_add(waits, waiter, name, MANY_MORE);
}

static int read_wait_of_crowd(const struct reading *reading)
{
    int error;
    struct crowd *crowd = take_crowd(reading, &error);
    struct name name = take_name(reading);

    if (crowd == NULL || check(reading))
        return crowd == NULL ? error : TCPSTORE_EINVAL;
    return waiter_add(&reading->engine->store.waits, &crowd->waiter, name, MANY_MORE);
}

static int read_wait_in_crowd(const struct reading *reading)
{
    struct waiter *waiter = take_session(reading);
    int error;
    struct crowd *crowd = take_crowd(reading, &error);

    if (waiter == NULL || waiter_is_waiting(waiter))
        return TCPSTORE_EINVAL;
    if (crowd == NULL)
        return error;
    crowd_restore_member(&reading->engine->store.waits, crowd, waiter);
    return 0;
}

/* `number` is that of the wait before. */
static int read_wait(const struct reading *reading, uint64_t *number)
{
    uint64_t before = *number;
    uint8_t kind;

    *number = image_get_u64(reading->image);
    kind = image_get_u8(reading->image);
    if (check(reading) || *number < before || *number == UINT64_MAX)
        return TCPSTORE_EINVAL;
    waits_number_next(&reading->engine->store.waits, *number);
    switch (kind) {
    case WAIT_OF_SESSION:
    case WAIT_COUNTED:
        return read_wait_of_session(reading, kind == WAIT_COUNTED);
    case WAIT_OF_CROWD:
        return read_wait_of_crowd(reading);
    case WAIT_IN_CROWD:
        return read_wait_in_crowd(reading);
    default:
        return TCPSTORE_EINVAL;
    }
}

/* A crowd without names would never be released, and one without members never end. */
static int check_crowds(const struct reading *reading)
{
    int code = 0;

    for (uint32_t i = 0; i < reading->crowd_count; i++) {
        struct crowd *crowd = reading->crowds[i];

        if (crowd == NULL || list_is_empty(&crowd->members) ||
            !waiter_is_waiting(&crowd->waiter))
            code = TCPSTORE_EINVAL;
        if (crowd != NULL && list_is_empty(&crowd->members))
            crowd_drop(&reading->engine->store.waits, crowd);
    }
    return code;
}

static int read_list(const struct reading *reading)
{
    uint64_t next_number = image_get_u64(reading->image);
    uint64_t count = image_get_u64(reading->image);
    uint64_t number = 0;
    int code = check(reading);

    for (uint64_t i = 0; code == 0 && i < count; i++)
        code = read_wait(reading, &number);
    if (code == 0 && (next_number == UINT64_MAX || (count > 0 && next_number <= number)))
        code = TCPSTORE_EINVAL;
    if (code == 0)
        waits_number_next(&reading->engine->store.waits, next_number);
    return code;
}

static int check_barriers(const struct reading *reading)
{
    for (uint32_t i = 0; i < reading->sessions.count; i++) {
        const struct waiter *waiter = &reading->sessions.list[i]->waiter;

        if (waiter->barrier_size > 0 && !waiter_is_waiting(waiter))
            return TCPSTORE_EINVAL;
    }
    return 0;
}

static int read_waits(struct reading *reading)
{
    struct memory *memory = reading->engine->memory;
    size_t size;
    int code, error;

    reading->crowd_count = image_get_u32(reading->image);
    if (reading->crowd_count > reading->sessions.count)
        return TCPSTORE_EINVAL;
    size = (reading->crowd_count + 1) * sizeof(struct crowd *);
    reading->crowds = memory_alloc(memory, size);
    if (reading->crowds == NULL)
        return TCPSTORE_ENOMEM;
    memset(reading->crowds, 0, size);
    code = read_list(reading);
    error = check_crowds(reading);
    memory_free(memory, reading->crowds, size);
    if (code == 0)
        code = error;
    return code ? code : check_barriers(reading);
}

int engine_image_read(
    struct image_reader *image, struct engine *engine, struct engine_sessions sessions,
    struct effects *effects)
{
    struct reading reading = {
        .image = image, .engine = engine, .sessions = sessions, .effects = effects};
    int code = image_get_u32(image) == ENGINE_IMAGE_VERSION ? 0 : TCPSTORE_EINVAL;

    if (code == 0)
        code = read_counts(&reading);
    if (code == 0)
        code = read_each(&reading, read_key);
    if (code == 0)
        code = read_each(&reading, read_queue);
    if (code == 0)
        code = read_sessions(&reading);
    return code ? code : read_waits(&reading);
}
