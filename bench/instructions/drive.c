/*
 * Feeds requests of one kind to the engine, without sockets, so that their instructions can be
 * counted. `drive get 16 4000` executes 4,000 of them, 16 to a slice.
 *
 * Only the instructions inside drive_measured count.
 */
#include <stdlib.h>
#include <string.h>

#include "rig.h"
#include "wire/encode.h"

enum { KEYS = 1000, VALUE_SIZE = 32 };

struct drive {
    struct rig rig;
    struct session session;
};

/* Writes the requests of one operation on `key`; returns the byte after them. */
typedef uint8_t *write_fn(const struct span *key, uint8_t *bytes);

struct operation {
    const char *name;
    write_fn *write;
};

void drive_measured(
    struct drive *drive, const uint8_t *ring, size_t ring_len, size_t slice_len, size_t slices);

static const struct span value = {
    (const uint8_t *)"a value of thirty-two bytes, all", VALUE_SIZE};

static uint8_t *write_get(const struct span *key, uint8_t *bytes)
{
    return encode_request(&(struct encode){.opcode = WIRE_GET, .keys = key}, bytes);
}

static uint8_t *write_set(const struct span *key, uint8_t *bytes)
{
    return encode_request(
        &(struct encode){.opcode = WIRE_SET, .keys = key, .values = &value}, bytes);
}

/* A separate key, since the others hold no numbers. */
static uint8_t *write_add(const struct span *key, uint8_t *bytes)
{
    struct span counter = span_from(*key, 1);

    return encode_request(
        &(struct encode){.opcode = WIRE_ADD, .keys = &counter, .number = 1}, bytes);
}

static uint8_t *write_check(const struct span *key, uint8_t *bytes)
{
    return encode_request(
        &(struct encode){.opcode = WIRE_CHECK, .keys = key, .count = 1}, bytes);
}

static uint8_t *write_ping(const struct span *key, uint8_t *bytes)
{
    (void)key;
    return encode_request(&(struct encode){.opcode = WIRE_PING, .word = 1}, bytes);
}

/* Of a stored key. */
static uint8_t *write_wait(const struct span *key, uint8_t *bytes)
{
    return encode_request(
        &(struct encode){.opcode = WIRE_WAIT, .keys = key, .count = 1}, bytes);
}

/* Of a missing key, and its cancellation. */
static uint8_t *write_wait_cancel(const struct span *key, uint8_t *bytes)
{
    struct span missing = span_from(*key, 2);

    bytes = encode_request(
        &(struct encode){.opcode = WIRE_WAIT, .keys = &missing, .count = 1}, bytes);
    return encode_request(&(struct encode){.opcode = WIRE_CANCEL_WAIT}, bytes);
}

static const struct operation operations[] = {
    {"get", write_get},
    {"set", write_set},
    {"add", write_add},
    {"check", write_check},
    {"ping", write_ping},
    {"wait", write_wait},
    {"wait-cancel", write_wait_cancel},
};

static void receive(struct drive *drive, const uint8_t *bytes, size_t len)
{
    rig_receive(&drive->rig, &drive->session, span_of(bytes, len));
    if (!input_is_empty(&drive->session.input))
        rig_fail("not all requests were executed");
}

__attribute__((noinline)) void drive_measured(
    struct drive *drive, const uint8_t *ring, size_t ring_len, size_t slice_len, size_t slices)
{
    for (size_t at = 0; slices > 0; slices--) {
        receive(drive, ring + at, slice_len);
        at = (at + slice_len) % ring_len;
    }
}

static void store_keys(struct drive *drive)
{
    for (size_t i = 0; i < KEYS; i++) {
        char name[RIG_KEY_SIZE + 1];
        struct span key = rig_key(i, name);
        uint8_t bytes[RIG_REQUEST_MAX];

        receive(drive, bytes, (size_t)(write_set(&key, bytes) - bytes));
        receive(drive, bytes, (size_t)(write_add(&key, bytes) - bytes));
    }
}

static size_t fill_ring(const struct operation *operation, size_t count, uint8_t *ring)
{
    uint8_t *end = ring;

    for (size_t i = 0; i < count; i++) {
        char name[RIG_KEY_SIZE + 1];
        struct span key = rig_key(i % KEYS, name);

        end = operation->write(&key, end);
    }
    return (size_t)(end - ring);
}

static void run(
    struct drive *drive, const struct operation *operation, size_t depth, size_t count)
{
    size_t units = KEYS * depth; /* whole slices */
    uint8_t *ring = rig_allocate(units, RIG_REQUEST_MAX);
    size_t ring_len;

    ring_len = fill_ring(operation, units, ring);
    drive_measured(drive, ring, ring_len, ring_len / KEYS, count / depth);
    free(ring);
}

static const struct operation *find(const char *name)
{
    for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
        if (strcmp(operations[i].name, name) == 0)
            return &operations[i];
    }
    rig_fail("no such operation");
}

int main(int argc, char **argv)
{
    struct drive drive = {0};

    if (argc != 4)
        rig_fail("usage: drive OPERATION DEPTH COUNT");
    rig_start(&drive.rig);
    rig_enter(&drive.rig, &drive.session);
    store_keys(&drive);
    run(&drive, find(argv[1]), strtoul(argv[2], NULL, 10), strtoul(argv[3], NULL, 10));
    rig_leave(&drive.rig, &drive.session);
    rig_stop(&drive.rig);
    return 0;
}
