#include "tcpstore-bench/replay_reply.h"

#include "base/bytes.h"
#include "wire/opcode.h"

bool replay_reply_begin(struct replay_reply *reply, uint8_t opcode, size_t keys)
{
    *reply = (struct replay_reply){0};
    switch (opcode) {
    case WIRE_COMPARE_SET:
    case WIRE_GET:
        reply->blobs = 1;
        return true;
    case WIRE_MULTI_GET:
        reply->blobs = keys;
        return keys > 0;
    case WIRE_LIST_KEYS:
        reply->counts_blobs = true;
        return true;
    case WIRE_QUEUE_POP:
        reply->has_one = true;
        return true;
    case WIRE_ADD:
    case WIRE_GETNUMKEYS:
    case WIRE_DELETE_KEY:
    case WIRE_QUEUE_LEN:
        reply->skip = 8;
        return true;
    case WIRE_PING:
        reply->skip = 4;
        return true;
    case WIRE_CHECK:
    case WIRE_WAIT:
    case WIRE_CANCEL_WAIT:
    case WIRE_BARRIER:
        reply->skip = 1;
        return true;
    default:
        return false;
    }
}

static bool needs_number(const struct replay_reply *reply)
{
    return reply->blobs > 0 || reply->counts_blobs || reply->has_one;
}

static void use_number(struct replay_reply *reply)
{
    uint64_t number = bytes_get_u64(reply->number);

    reply->have = 0;
    if (reply->counts_blobs) {
        reply->counts_blobs = false;
        reply->blobs = number;
    } else if (reply->has_one) {
        reply->has_one = false;
        reply->blobs = number > 0;
    } else {
        reply->blobs--;
        reply->skip = number;
    }
}

static size_t smaller(uint64_t one, size_t other)
{
    return one < other ? (size_t)one : other;
}

bool replay_reply_take(struct replay_reply *reply, struct span *bytes)
{
    size_t len = smaller(reply->skip, bytes->len);

    reply->skip -= len;
    *bytes = span_from(*bytes, len);
    while (reply->skip == 0 && needs_number(reply) && bytes->len > 0) {
        len = smaller(sizeof(reply->number) - reply->have, bytes->len);
        memcpy(reply->number + reply->have, bytes->bytes, len);
        reply->have += len;
        *bytes = span_from(*bytes, len);
        if (reply->have < sizeof(reply->number))
            return false;
        use_number(reply);
        len = smaller(reply->skip, bytes->len);
        reply->skip -= len;
        *bytes = span_from(*bytes, len);
    }
    return reply->skip == 0 && !needs_number(reply);
}
