#include "wire/reply.h"

#include "base/bytes.h"

int reply_status(struct outbox *outbox, enum wire_status status)
{
    uint8_t *bytes;
    int error = outbox_reserve(outbox, 1, &bytes);

    if (error == 0)
        bytes[0] = (uint8_t)status;
    return error;
}

int reply_nonce(struct outbox *outbox, uint32_t nonce)
{
    uint8_t *bytes;
    int error = outbox_reserve(outbox, 4, &bytes);

    if (error == 0)
        bytes_put_u32(bytes, nonce);
    return error;
}

int reply_number(struct outbox *outbox, int64_t number)
{
    uint8_t *bytes;
    int error = outbox_reserve(outbox, 8, &bytes);

    if (error == 0)
        bytes_put_u64(bytes, (uint64_t)number);
    return error;
}

/* Reserves room for the length and the copied value at once. */
static inline int reply_small_blob(struct outbox *outbox, struct span value)
{
    uint8_t *bytes;
    int error = outbox_reserve(outbox, 8 + value.len, &bytes);

    if (error)
        return error;
    bytes_put_u64(bytes, value.len);
    span_copy(bytes + 8, value);
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
