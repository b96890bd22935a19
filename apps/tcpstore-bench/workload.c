#include "tcpstore-bench/workload.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/bytes.h"
#include "tcpstore-bench/control.h"
#include "tcpstore-bench/fail.h"

enum { KEYS_OF_MULTI = 1000 };

/* Counters differ from keys with values, which are not numbers; missing keys are never set. */
#define FIRST_COUNTER (UINT64_C(1) << 40)
#define FIRST_MISSING (UINT64_C(2) << 40)

/* The form of a reply. */
enum reply_form {
    REPLY_NONCE,     /* u32 0 */
    REPLY_READY,     /* u8 0 */
    REPLY_NOT_READY, /* u8 1 */
    REPLY_SUM,       /* i64 */
    REPLY_VALUE,     /* blob */
};

struct workload {
    void (*add)(struct requests *requests, size_t index, struct span value);
    enum reply_form reply;
    size_t replies; /* per unit */
    bool reads;     /* keys that must be stored */
    size_t keys_of_unit;
};

static void add_get(struct requests *requests, size_t index, struct span value)
{
    (void)value;
    requests_get(requests, index);
}

static void add_set(struct requests *requests, size_t index, struct span value)
{
    requests_set(requests, index, value);
    requests_ping(requests, 0);
}

static void add_add(struct requests *requests, size_t index, struct span value)
{
    (void)value;
    requests_add(requests, FIRST_COUNTER + index, 1);
}

static void add_check(struct requests *requests, size_t index, struct span value)
{
    (void)value;
    requests_keys(requests, WIRE_CHECK, index, 1);
}

static void add_ping(struct requests *requests, size_t index, struct span value)
{
    (void)index;
    (void)value;
    requests_ping(requests, 0);
}

static void add_multi_get(struct requests *requests, size_t index, struct span value)
{
    (void)value;
    requests_keys(requests, WIRE_MULTI_GET, index * KEYS_OF_MULTI, KEYS_OF_MULTI);
}

static void add_multi_set(struct requests *requests, size_t index, struct span value)
{
    requests_multi_set(requests, index * KEYS_OF_MULTI, KEYS_OF_MULTI, value);
    requests_ping(requests, 0);
}

static void add_large(struct requests *requests, size_t index, struct span value)
{
    requests_set(requests, index, value);
    requests_get(requests, index);
}

/* A key that a healthy job never sets. */
static void add_watchdog(struct requests *requests, size_t index, struct span value)
{
    (void)value;
    requests_keys(requests, WIRE_CHECK, FIRST_MISSING + index, 1);
}

const struct workload workload_get = {add_get, REPLY_VALUE, 1, true, 1};
const struct workload workload_set = {add_set, REPLY_NONCE, 1, false, 1};
const struct workload workload_add = {add_add, REPLY_SUM, 1, false, 1};
const struct workload workload_check = {add_check, REPLY_READY, 1, true, 1};
const struct workload workload_ping = {add_ping, REPLY_NONCE, 1, false, 1};
const struct workload workload_multi_get = {
    add_multi_get, REPLY_VALUE, KEYS_OF_MULTI, true, KEYS_OF_MULTI};
const struct workload workload_multi_set = {
    add_multi_set, REPLY_NONCE, 1, false, KEYS_OF_MULTI};
const struct workload workload_large = {add_large, REPLY_VALUE, 1, false, 1};
const struct workload workload_watchdog = {add_watchdog, REPLY_NOT_READY, 1, false, 1};

size_t workload_units(const struct workload *workload, const struct options *options)
{
    return (options->keys + workload->keys_of_unit - 1) / workload->keys_of_unit;
}

void workload_add_unit(
    const struct workload *workload, size_t index, struct span value, struct requests *requests)
{
    workload->add(requests, index, value);
}

static size_t reply_size(const struct workload *workload, const struct options *options)
{
    switch (workload->reply) {
    case REPLY_NONCE:
        return 4;
    case REPLY_READY:
    case REPLY_NOT_READY:
        return 1;
    case REPLY_SUM:
        return 8;
    case REPLY_VALUE:
        return 8 + options->value_size;
    }
    fail("a workload without a reply");
}

size_t workload_reply_size(const struct workload *workload, const struct options *options)
{
    return workload->replies * reply_size(workload, options);
}

static bool is_value(const uint8_t *reply, struct span value)
{
    return bytes_get_u64(reply) == value.len && memcmp(reply + 8, value.bytes, value.len) == 0;
}

static bool is_expected(
    const struct workload *workload, const uint8_t *reply, struct span value)
{
    switch (workload->reply) {
    case REPLY_NONCE:
        return bytes_get_u32(reply) == 0;
    case REPLY_READY:
        return reply[0] == WIRE_READY;
    case REPLY_NOT_READY:
        return reply[0] == WIRE_NOT_READY;
    case REPLY_SUM:
        return (int64_t)bytes_get_u64(reply) > 0;
    case REPLY_VALUE:
        return is_value(reply, value);
    }
    return false;
}

void workload_prepare(const struct workload *workload, const struct bench *bench)
{
    const struct options *options = &bench->options;
    struct span value = bench->value;
    size_t size = reply_size(workload, options);
    uint8_t *reply = allocate(size, 1);
    struct requests unit = {0};
    int control = control_open(&bench->address, bench_timeout_ns(bench));

    if (workload->reads)
        control_store(
            control, workload_units(workload, options) * workload->keys_of_unit, value);
    workload->add(&unit, 0, value);
    control_send(control, requests_pieces(&unit, 1));
    for (size_t i = 0; i < workload->replies; i++) {
        control_receive(control, reply, size);
        if (!is_expected(workload, reply, value))
            fail("unexpected reply; is it a TCPStore server?");
    }
    close(control);
    requests_free(&unit);
    free(reply);
}
