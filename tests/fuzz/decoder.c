/*
 * The scan of arbitrary bytes, arbitrarily cut. It reads the same requests as if all bytes had
 * arrived at once, and never accesses bytes that have not arrived. Encoding a request again
 * gives the bytes received, and who only passes the bytes on finds the same end.
 */
#include "fuzz/arrival.h"
#include "wire/encode.h"
#include "wire/passing.h"
#include "wire/scan.h"

enum {
    KEYS_MAX = 8,
    KEY_MAX = 64,
    VALUE_MAX = 256,
    REQUEST_MAX = WIRE_COUNTED_HEAD + KEYS_MAX * (8 + KEY_MAX + 8 + VALUE_MAX),
};

static const struct wire_limits limits = {
    .key_bytes = KEY_MAX, .value_bytes = VALUE_MAX, .keys_per_request = KEYS_MAX};

/* The outcome of scanning one request. */
struct reading {
    enum scan_verdict verdict;
    struct scan scan;
    struct request request;
    struct refusal refusal;
};

static void scan(struct reading *reading, struct span bytes)
{
    reading->verdict =
        scan_request(&reading->scan, &limits, bytes, &reading->request, &reading->refusal);
}

static void collect_fields(
    const struct request *request, struct span *keys, struct span *values)
{
    const struct wire_layout *layout = wire_layout_of(request->opcode);
    struct request_items items = request->items;

    if (!layout->counted) {
        keys[0] = request->key;
        values[0] = layout->fields[2] == WIRE_BLOB ? request->expected : request->value.span;
        values[1] = request->value.span;
        return;
    }
    for (size_t i = 0; items.left > 0; i++) {
        if (layout->fields[1] == WIRE_BLOB)
            request_next_pair(&items, &keys[i], &values[i]);
        else
            keys[i] = request_next_key(&items);
    }
}

static void must_be_what_came(const struct request *request, struct span bytes)
{
    struct span keys[KEYS_MAX];
    struct span values[KEYS_MAX];
    uint8_t again[REQUEST_MAX];
    const struct encode encode = {
        .opcode = (enum wire_opcode)request->opcode,
        .word = request->word,
        .number = request->number,
        .keys = keys,
        .values = values,
        .count = request->items.left,
    };

    collect_fields(request, keys, values);
    MUST(encode_size(&encode) == request->len);
    MUST(encode_request(&encode, again) == again + request->len);
    MUST(memcmp(again, bytes.bytes, request->len) == 0);
}

/* In two pieces, cut anywhere. One without a reply is followed by a PING. */
static void must_end_where_it_ends(const struct request *request, struct span bytes, size_t cut)
{
    static const uint8_t ping[] = {WIRE_PING, 1, 2, 3, 4};
    struct passing passing = {0};

    passing_up(&passing, span_of(bytes.bytes, cut));
    MUST(passing.state == PASSING_REQUESTS);
    passing_up(&passing, span_of(bytes.bytes + cut, request->len - cut));
    MUST(passing.state != PASSING_LOST && passing.opcode == request->opcode);
    if (passing.state == PASSING_REQUESTS) {
        passing_up(&passing, span_of(ping, sizeof(ping)));
        MUST(passing.opcode == WIRE_PING);
    }
    MUST(passing.state == PASSING_REPLY);
}

static struct reading read_at_once(struct span bytes)
{
    struct reading reading = {0};

    scan(&reading, bytes);
    return reading;
}

static struct reading read_in_pieces(struct arrival *arrival)
{
    struct reading reading = {0};
    size_t needed = 0;

    for (;;) {
        scan(&reading, span_of(arrival->stream.bytes, arrival->arrived));
        if (reading.verdict != SCAN_MORE)
            break;
        MUST(reading.scan.need > arrival->arrived);
        needed = reading.scan.need;
        if (arrival_is_over(arrival))
            break;
        arrival_next(arrival);
    }
    MUST(reading.verdict != SCAN_WHOLE || needed <= reading.request.len);
    return reading;
}

static void must_agree(const struct reading *cut, const struct reading *at_once)
{
    MUST(cut->verdict == at_once->verdict);
    if (cut->verdict == SCAN_MORE) {
        MUST(cut->scan.need == at_once->scan.need);
    } else if (cut->verdict == SCAN_WHOLE) {
        MUST(cut->request.len == at_once->request.len);
        MUST(cut->scan.need == 0 && cut->scan.at == 0);
    } else {
        MUST(cut->refusal.code == at_once->refusal.code);
        MUST(cut->refusal.operation == at_once->refusal.operation);
        MUST(cut->refusal.actual == at_once->refusal.actual);
        MUST(cut->refusal.limit == at_once->refusal.limit);
    }
}

/* Returns whether another request may follow. */
static bool read_request(struct arrival *arrival)
{
    struct reading cut = read_in_pieces(arrival);
    struct reading at_once;

    show(arrival->stream);
    at_once = read_at_once(arrival->stream);
    must_agree(&cut, &at_once);
    if (cut.verdict != SCAN_WHOLE)
        return false;
    must_be_what_came(&cut.request, arrival->stream);
    must_end_where_it_ends(&cut.request, arrival->stream, arrival->arrived % cut.request.len);
    arrival_consume(arrival, cut.request.len);
    hide(span_from(arrival->stream, arrival->arrived));
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span input = span_of(data, size);
    struct arrival arrival = arrival_begin(&input);

    while (read_request(&arrival))
        ;
    arrival_end(&arrival);
    return 0;
}
