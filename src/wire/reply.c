#include "wire/reply.h"

#include "base/bytes.h"

int reply_status(struct outbox *outbox, enum wire_status status)
{
    struct reserved room = outbox_reserve(outbox, 1);

    if (room.error == 0)
        room.bytes[0] = (uint8_t)status;
    return room.error;
}

int reply_nonce(struct outbox *outbox, uint32_t nonce)
{
    struct reserved room = outbox_reserve(outbox, 4);

    if (room.error == 0)
        bytes_put_u32(room.bytes, nonce);
    return room.error;
}

int reply_number(struct outbox *outbox, int64_t number)
{
    struct reserved room = outbox_reserve(outbox, 8);

    if (room.error == 0)
        bytes_put_u64(room.bytes, (uint64_t)number);
    return room.error;
}

/* Reserves room for the length and the copied value at once. */
static inline int reply_small_blob(struct outbox *outbox, struct span value)
{
    struct reserved room = outbox_reserve(outbox, 8 + value.len);

    if (room.error)
        return room.error;
    bytes_put_u64(room.bytes, value.len);
    span_copy(room.bytes + 8, value);
    return 0;
}

int reply_blob(struct outbox *outbox, const struct slice *value)
{
    int error;

    if (outbox_copies(value))
        return reply_small_blob(outbox, value->span);
    error = reply_number(outbox, (int64_t)value->span.len);
    return error ? error : outbox_append(outbox, value);
}

int reply_key(struct outbox *outbox, struct span key)
{
    return reply_small_blob(outbox, key);
}
