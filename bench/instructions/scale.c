/*
 * Repeats one kind of work N times, so that the instructions of N and of 10 N can be compared:
 * `scale cancel 1000`. Only the instructions inside scale_measured count.
 *
 * trickle     a WAIT of N keys, all of them stored, in segments of 1,440 bytes
 * trickle-set a MULTI_SET of N keys, in the same way
 * cancel      N clients that wait for a key each, all CANCEL_WAIT
 * drop        the same, but all of them leave
 * wake        N clients that wait for one key, and a SET of it
 * restart     N clients wait at one barrier, and another makes and deletes its key N times
 */
#include <stdlib.h>
#include <string.h>

#include "rig.h"
#include "wire/encode.h"

enum { SEGMENT = 1440 };

struct scale {
    struct rig rig;
    size_t count;
    struct session *sessions; /* `count`, and one more */
    uint8_t *bytes;           /* one long request */
    size_t len;
};

struct work {
    const char *name;
    void (*prepare)(struct scale *scale);
    void (*measured)(struct scale *scale);
};

void scale_measured(struct scale *scale, const struct work *work);

static const struct span value = {(const uint8_t *)"value", 5};

static struct session *one_more(struct scale *scale)
{
    return &scale->sessions[scale->count];
}

/* A request of no more than RIG_REQUEST_MAX bytes. */
static void request(struct scale *scale, struct session *session, const struct encode *encode)
{
    uint8_t bytes[RIG_REQUEST_MAX];
    const uint8_t *end = encode_request(encode, bytes);

    rig_receive(&scale->rig, session, span_of(bytes, (size_t)(end - bytes)));
}

static void request_key(
    struct scale *scale, struct session *session, enum wire_opcode opcode, size_t index)
{
    char name[RIG_KEY_SIZE + 1];
    struct span key = rig_key(index, name);

    request(
        scale, session,
        &(struct encode){.opcode = opcode, .keys = &key, .values = &value, .count = 1});
}

static void make_long(struct scale *scale, enum wire_opcode opcode)
{
    char(*names)[RIG_KEY_SIZE + 1] = rig_allocate(scale->count, sizeof(*names));
    struct span *keys = rig_allocate(scale->count, sizeof(*keys));
    struct span *values = rig_allocate(scale->count, sizeof(*values));
    struct encode encode = {
        .opcode = opcode, .keys = keys, .values = values, .count = scale->count};

    for (size_t i = 0; i < scale->count; i++) {
        keys[i] = rig_key(i, names[i]);
        values[i] = value;
    }
    scale->len = encode_size(&encode);
    scale->bytes = rig_allocate(scale->len, 1);
    encode_request(&encode, scale->bytes);
    free(values);
    free(keys);
    free(names);
}

static void store_all(struct scale *scale)
{
    for (size_t i = 0; i < scale->count; i++)
        request_key(scale, one_more(scale), WIRE_SET, i);
}

static void prepare_trickle(struct scale *scale)
{
    store_all(scale);
    make_long(scale, WIRE_WAIT);
}

static void prepare_trickle_set(struct scale *scale)
{
    store_all(scale);
    make_long(scale, WIRE_MULTI_SET);
}

static void trickle(struct scale *scale)
{
    struct session *session = one_more(scale);
    size_t have = 0;

    while (have < scale->len) {
        size_t len = scale->len - have > SEGMENT ? SEGMENT : scale->len - have;

        rig_receive(&scale->rig, session, span_of(scale->bytes + have, len));
        have += len;
        if (input_is_empty(&session->input) != (have == scale->len))
            rig_fail("executed before it was whole, or not at all");
    }
}

static void wait_apart(struct scale *scale)
{
    for (size_t i = 0; i < scale->count; i++)
        request_key(scale, &scale->sessions[i], WIRE_WAIT, i);
}

static void cancel_all(struct scale *scale)
{
    for (size_t i = 0; i < scale->count; i++)
        request(scale, &scale->sessions[i], &(struct encode){.opcode = WIRE_CANCEL_WAIT});
}

static void drop_all(struct scale *scale)
{
    for (size_t i = 0; i < scale->count; i++)
        rig_leave(&scale->rig, &scale->sessions[i]);
}

static void wait_together(struct scale *scale)
{
    for (size_t i = 0; i < scale->count; i++)
        request_key(scale, &scale->sessions[i], WIRE_WAIT, 0);
}

static void wake_all(struct scale *scale)
{
    request_key(scale, one_more(scale), WIRE_SET, 0);
}

static void barrier(struct scale *scale, struct session *session)
{
    char name[RIG_KEY_SIZE + 1];
    struct span key = rig_key(0, name);

    request(
        scale, session,
        &(struct encode){
            .opcode = WIRE_BARRIER, .keys = &key, .number = (int64_t)scale->count + 2});
}

static void barrier_together(struct scale *scale)
{
    for (size_t i = 0; i < scale->count; i++)
        barrier(scale, &scale->sessions[i]);
}

static void restart_barrier(struct scale *scale)
{
    for (size_t i = 0; i < scale->count; i++) {
        barrier(scale, one_more(scale));
        request(scale, one_more(scale), &(struct encode){.opcode = WIRE_CANCEL_WAIT});
        request_key(scale, one_more(scale), WIRE_DELETE_KEY, 0);
    }
}

static const struct work works[] = {
    {"trickle", prepare_trickle, trickle}, {"trickle-set", prepare_trickle_set, trickle},
    {"cancel", wait_apart, cancel_all},    {"drop", wait_apart, drop_all},
    {"wake", wait_together, wake_all},     {"restart", barrier_together, restart_barrier},
};

static const struct work *find(const char *name)
{
    for (size_t i = 0; i < sizeof(works) / sizeof(works[0]); i++) {
        if (strcmp(works[i].name, name) == 0)
            return &works[i];
    }
    rig_fail("no such work");
}

/* callgrind has to find it under its own name. */
#if __has_attribute(noipa)
__attribute__((noipa))
#else
__attribute__((noinline))
#endif
void scale_measured(struct scale *scale, const struct work *work)
{
    work->measured(scale);
}

int main(int argc, char **argv)
{
    struct scale scale = {0};
    const struct work *work;

    if (argc != 3)
        rig_fail("usage: scale WORK N");
    work = find(argv[1]);
    scale.count = strtoul(argv[2], NULL, 10);
    scale.sessions = rig_allocate(scale.count + 1, sizeof(*scale.sessions));
    rig_start(&scale.rig);
    for (size_t i = 0; i <= scale.count; i++)
        rig_enter(&scale.rig, &scale.sessions[i]);
    work->prepare(&scale);
    scale_measured(&scale, work);
    for (size_t i = 0; i <= scale.count; i++)
        rig_leave(&scale.rig, &scale.sessions[i]);
    rig_stop(&scale.rig);
    free(scale.bytes);
    free(scale.sessions);
    return 0;
}
