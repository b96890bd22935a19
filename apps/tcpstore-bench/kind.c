#include "tcpstore-bench/kind.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/bytes.h"
#include "tcpstore-bench/control.h"
#include "tcpstore-bench/fail.h"

enum { KEYS_OF_MULTI = 1000 };

/* Apart from the keys with values, which are no numbers, and from those stored at all. */
#define FIRST_COUNTER (UINT64_C(1) << 40)
#define FIRST_MISSING (UINT64_C(2) << 40)

/* What a unit is answered with. */
enum answer {
    ANSWER_NONCE,     /* u32 0 */
    ANSWER_READY,     /* u8 0 */
    ANSWER_NOT_READY, /* u8 1 */
    ANSWER_SUM,       /* i64 */
    ANSWER_VALUE,     /* blob */
};

struct kind {
    void (*add)(struct requests *requests, size_t index, struct span value);
    enum answer answer;
    size_t answers; /* so many of them */
    bool reads;     /* keys that have to be stored */
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

/* Asks for what a healthy job never sets. */
static void add_watchdog(struct requests *requests, size_t index, struct span value)
{
    (void)value;
    requests_keys(requests, WIRE_CHECK, FIRST_MISSING + index, 1);
}

const struct kind kind_get = {add_get, ANSWER_VALUE, 1, true, 1};
const struct kind kind_set = {add_set, ANSWER_NONCE, 1, false, 1};
const struct kind kind_add = {add_add, ANSWER_SUM, 1, false, 1};
const struct kind kind_check = {add_check, ANSWER_READY, 1, true, 1};
const struct kind kind_ping = {add_ping, ANSWER_NONCE, 1, false, 1};
const struct kind kind_multi_get = {
    add_multi_get, ANSWER_VALUE, KEYS_OF_MULTI, true, KEYS_OF_MULTI};
const struct kind kind_multi_set = {add_multi_set, ANSWER_NONCE, 1, false, KEYS_OF_MULTI};
const struct kind kind_large = {add_large, ANSWER_VALUE, 1, false, 1};
const struct kind kind_watchdog = {add_watchdog, ANSWER_NOT_READY, 1, false, 1};

size_t kind_units(const struct kind *kind, const struct options *options)
{
    return (options->keys + kind->keys_of_unit - 1) / kind->keys_of_unit;
}

void kind_add_unit(
    const struct kind *kind, size_t index, struct span value, struct requests *requests)
{
    kind->add(requests, index, value);
}

static size_t answer_size(const struct kind *kind, const struct options *options)
{
    switch (kind->answer) {
    case ANSWER_NONCE:
        return 4;
    case ANSWER_READY:
    case ANSWER_NOT_READY:
        return 1;
    case ANSWER_SUM:
        return 8;
    case ANSWER_VALUE:
        return 8 + options->value_size;
    }
    fail("a kind without an answer");
}

size_t kind_reply_size(const struct kind *kind, const struct options *options)
{
    return kind->answers * answer_size(kind, options);
}

static bool is_value(const uint8_t *reply, struct span value)
{
    return bytes_get_u64(reply) == value.len && memcmp(reply + 8, value.bytes, value.len) == 0;
}

static bool is_right(const struct kind *kind, const uint8_t *reply, struct span value)
{
    switch (kind->answer) {
    case ANSWER_NONCE:
        return bytes_get_u32(reply) == 0;
    case ANSWER_READY:
        return reply[0] == WIRE_READY;
    case ANSWER_NOT_READY:
        return reply[0] == WIRE_NOT_READY;
    case ANSWER_SUM:
        return (int64_t)bytes_get_u64(reply) > 0;
    case ANSWER_VALUE:
        return is_value(reply, value);
    }
    return false;
}

void kind_prepare(const struct kind *kind, const struct bench *bench)
{
    const struct options *options = &bench->options;
    struct span value = bench->value;
    size_t size = answer_size(kind, options);
    uint8_t *answer = allocate(size, 1);
    struct requests unit = {0};
    int control = control_open(&bench->address, bench_patience(bench));

    if (kind->reads)
        control_store(control, kind_units(kind, options) * kind->keys_of_unit, value);
    kind->add(&unit, 0, value);
    control_send(control, requests_pieces(&unit, 1));
    for (size_t i = 0; i < kind->answers; i++) {
        control_receive(control, answer, size);
        if (!is_right(kind, answer, value))
            fail("the server's reply is not what was asked for; is it a TCPStore?");
    }
    close(control);
    requests_free(&unit);
    free(answer);
}
