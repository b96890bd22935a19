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

int reply_blob(struct outbox *outbox, struct slice value)
{
    int error = reply_number(outbox, (int64_t)value.span.len);

    return error ? error : outbox_append(outbox, value);
}

int reply_key(struct outbox *outbox, struct span key)
{
    return reply_blob(outbox, slice_borrowed(key));
}
