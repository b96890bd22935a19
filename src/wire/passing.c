#include "wire/passing.h"

#include "base/bytes.h"

enum {
    STATUS_SIZE = 1,
    NONCE_SIZE = 4,
    NUMBER_SIZE = 8,
};

static bool is_over(const struct passing_rest *rest)
{
    return rest->skip == 0 && !rest->has_count && rest->parts == 0 && rest->tail == 0;
}

static void take_word(struct passing_rest *rest, uint64_t word)
{
    if (!rest->has_count) {
        rest->parts--;
        rest->skip = word;
        return;
    }
    rest->has_count = false;
    rest->count = word;
    rest->parts = rest->is_one_most && word > 0 ? 1 : word * rest->each;
}

static struct span pass_word(struct passing_rest *rest, struct span bytes)
{
    size_t missing = sizeof(rest->word) - rest->word_len;
    size_t len = bytes.len < missing ? bytes.len : missing;

    span_copy(rest->word + rest->word_len, span_of(bytes.bytes, len));
    rest->word_len += (uint8_t)len;
    if (rest->word_len == sizeof(rest->word)) {
        rest->word_len = 0;
        take_word(rest, bytes_get_u64(rest->word));
    }
    return span_from(bytes, len);
}

/* Returns the bytes behind it. */
static struct span pass(struct passing_rest *rest, struct span bytes)
{
    while (bytes.len > 0 && !is_over(rest)) {
        if (rest->skip > 0) {
            size_t len = rest->skip < bytes.len ? (size_t)rest->skip : bytes.len;

            rest->skip -= len;
            bytes = span_from(bytes, len);
        } else if (rest->has_count || rest->parts > 0) {
            bytes = pass_word(rest, bytes);
        } else {
            rest->skip = rest->tail;
            rest->tail = 0;
        }
    }
    return bytes;
}

static struct passing_rest request_of(const struct wire_layout *layout)
{
    struct passing_rest rest = {.has_count = layout->counted};

    for (const uint8_t *field = layout->fields; *field != WIRE_END; field++) {
        if (*field == WIRE_U32)
            rest.tail = NONCE_SIZE;
        else if (*field == WIRE_I64)
            rest.tail = NUMBER_SIZE;
        else
            rest.each++;
    }
    if (!layout->counted)
        rest.parts = rest.each;
    return rest;
}

/* `count`: of the request's keys. */
static struct passing_rest reply_to(uint8_t opcode, uint64_t count)
{
    switch (opcode) {
    case WIRE_CHECK:
    case WIRE_WAIT:
    case WIRE_CANCEL_WAIT:
    case WIRE_BARRIER:
        return (struct passing_rest){.tail = STATUS_SIZE};
    case WIRE_PING:
        return (struct passing_rest){.tail = NONCE_SIZE};
    case WIRE_ADD:
    case WIRE_GETNUMKEYS:
    case WIRE_DELETE_KEY:
    case WIRE_QUEUE_LEN:
        return (struct passing_rest){.tail = NUMBER_SIZE};
    case WIRE_COMPARE_SET:
    case WIRE_GET:
        return (struct passing_rest){.parts = 1};
    case WIRE_MULTI_GET:
        return (struct passing_rest){.parts = count};
    case WIRE_LIST_KEYS:
        return (struct passing_rest){.has_count = true, .each = 1};
    case WIRE_QUEUE_POP:
        return (struct passing_rest){.has_count = true, .is_one_most = true};
    default:
        return (struct passing_rest){0};
    }
}

/* Returns the bytes behind it. */
static struct span begin_request(struct passing *passing, struct span bytes)
{
    const struct wire_layout *layout = wire_layout_of(bytes.bytes[0]);

    passing->opcode = bytes.bytes[0];
    passing->is_settled = false;
    if (layout == NULL)
        passing->state = PASSING_LOST;
    else
        passing->rest = request_of(layout);
    return span_from(bytes, WIRE_OPCODE_SIZE);
}

static void end_request(struct passing *passing)
{
    passing->rest = reply_to(passing->opcode, passing->rest.count);
    if (!is_over(&passing->rest))
        passing->state = PASSING_REPLY;
}

void passing_up(struct passing *passing, struct span bytes)
{
    while (bytes.len > 0 && passing->state == PASSING_REQUESTS) {
        if (is_over(&passing->rest))
            bytes = begin_request(passing, bytes);
        bytes = pass(&passing->rest, bytes);
        if (is_over(&passing->rest))
            end_request(passing);
    }
    if (bytes.len > 0)
        passing->state = PASSING_LOST;
}

void passing_down(struct passing *passing, struct span bytes)
{
    if (passing->state == PASSING_REPLY)
        bytes = pass(&passing->rest, bytes);
    if (bytes.len > 0) {
        passing->state = PASSING_LOST;
    } else if (passing->state == PASSING_REPLY && is_over(&passing->rest)) {
        passing->state = PASSING_REQUESTS;
        passing->is_settled = true;
    }
}
