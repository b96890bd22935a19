#include "trunk/greeting.h"

#include "base/bytes.h"

enum {
    HELLO_SIZE = 4 + 3 * GREETING_ID_SIZE + 8 + 1,                   /* without the name */
    WELCOME_SIZE = 4 + GREETING_ID_SIZE + 8 + 8 + 8 + 4 + 4 + 4 + 1, /* without the relays */
    REFUSED_SIZE = 4,                                                /* without the text */
};

static struct span text_of(struct span text)
{
    return span_of(text.bytes, text.len < GREETING_TEXT_MAX ? text.len : GREETING_TEXT_MAX);
}

static uint8_t *put_id(uint8_t *bytes, const uint8_t id[GREETING_ID_SIZE])
{
    return span_copy(bytes, span_of(id, GREETING_ID_SIZE));
}

uint8_t *greeting_put_hello(uint8_t *bytes, const struct hello *hello)
{
    struct span name = text_of(hello->name);

    bytes = frame_put_head(bytes, FRAME_HELLO, HELLO_SIZE + name.len);
    bytes = bytes_add_u32(bytes, hello->version);
    bytes = put_id(bytes, hello->cluster);
    bytes = put_id(bytes, hello->relay);
    bytes = put_id(bytes, hello->instance);
    bytes = bytes_add_u64(bytes, hello->received);
    *bytes++ = hello->is_known;
    return span_copy(bytes, name);
}

static struct span relays_of(const struct relay_path *path)
{
    return span_of(path->ids, (size_t)path->count * GREETING_ID_SIZE);
}

uint8_t *greeting_put_welcome(uint8_t *bytes, const struct welcome *welcome)
{
    struct span relays = relays_of(&welcome->path);

    bytes = frame_put_head(bytes, FRAME_WELCOME, WELCOME_SIZE + relays.len);
    bytes = bytes_add_u32(bytes, welcome->version);
    bytes = put_id(bytes, welcome->cluster);
    bytes = bytes_add_u64(bytes, welcome->received);
    bytes = bytes_add_u64(bytes, welcome->key_bytes);
    bytes = bytes_add_u64(bytes, welcome->value_bytes);
    bytes = bytes_add_u32(bytes, welcome->keys_per_request);
    bytes = bytes_add_u32(bytes, welcome->window);
    bytes = bytes_add_u32(bytes, welcome->away_ms);
    *bytes++ = welcome->path.count;
    return span_copy(bytes, relays);
}

uint8_t *greeting_put_refused(uint8_t *bytes, const struct refused *refused)
{
    struct span text = text_of(refused->text);

    bytes = frame_put_head(bytes, FRAME_REFUSED, REFUSED_SIZE + text.len);
    return span_copy(bytes_add_u32(bytes, refused->code), text);
}

/* Whether the frame is of that type, and has at least `size` bytes. */
static bool has(const struct frame *frame, enum frame_type type, size_t size)
{
    return frame->type == type && frame->payload.len >= size;
}

bool greeting_read_hello(const struct frame *frame, struct hello *ret_hello)
{
    const uint8_t *at = frame->payload.bytes;

    if (!has(frame, FRAME_HELLO, HELLO_SIZE))
        return false;
    ret_hello->version = bytes_get_u32(at);
    at += 4;
    memcpy(ret_hello->cluster, at, GREETING_ID_SIZE);
    at += GREETING_ID_SIZE;
    memcpy(ret_hello->relay, at, GREETING_ID_SIZE);
    at += GREETING_ID_SIZE;
    memcpy(ret_hello->instance, at, GREETING_ID_SIZE);
    ret_hello->received = bytes_get_u64(at + GREETING_ID_SIZE);
    ret_hello->is_known = at[GREETING_ID_SIZE + 8] != 0;
    ret_hello->name = text_of(span_from(frame->payload, HELLO_SIZE));
    return true;
}

static bool read_path(struct span bytes, uint8_t count, struct relay_path *ret_path)
{
    if (count > RELAY_PATH_MAX || bytes.len < (size_t)count * GREETING_ID_SIZE)
        return false;
    *ret_path = (struct relay_path){.count = count};
    memcpy(ret_path->ids, bytes.bytes, (size_t)count * GREETING_ID_SIZE);
    return true;
}

bool greeting_read_welcome(const struct frame *frame, struct welcome *ret_welcome)
{
    const uint8_t *at = frame->payload.bytes;

    if (!has(frame, FRAME_WELCOME, WELCOME_SIZE))
        return false;
    ret_welcome->version = bytes_get_u32(at);
    memcpy(ret_welcome->cluster, at + 4, GREETING_ID_SIZE);
    at += 4 + GREETING_ID_SIZE;
    ret_welcome->received = bytes_get_u64(at);
    ret_welcome->key_bytes = bytes_get_u64(at + 8);
    ret_welcome->value_bytes = bytes_get_u64(at + 16);
    ret_welcome->keys_per_request = bytes_get_u32(at + 24);
    ret_welcome->window = bytes_get_u32(at + 28);
    ret_welcome->away_ms = bytes_get_u32(at + 32);
    return read_path(span_from(frame->payload, WELCOME_SIZE), at[36], &ret_welcome->path);
}

bool greeting_read_refused(const struct frame *frame, struct refused *ret_refused)
{
    if (!has(frame, FRAME_REFUSED, REFUSED_SIZE))
        return false;
    ret_refused->code = bytes_get_u32(frame->payload.bytes);
    ret_refused->text = text_of(span_from(frame->payload, REFUSED_SIZE));
    return true;
}
