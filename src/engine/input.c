#include "engine/input.h"

enum {
    TRUSTED_PART = 9 /* an announced size is trusted once this part of it has arrived: 1 MiB of
                        8, the largest value by default, and its key */
};

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* Grows to what the request needs. Until a good part of it has arrived, only to twice the
 * capacity: a client must not cost memory by announcing a size. After that in one step: moving
 * the last few megabytes of a large value again costs more than receiving them. By at least a
 * quarter, because each key of a long list raises what is needed a little. */
static size_t next_capacity(size_t capacity, size_t needs, size_t len)
{
    if (needs / TRUSTED_PART > capacity)
        needs = capacity * 2;
    return larger(len, larger(needs, capacity + capacity / 4));
}

/* For `len` bytes in all. A blob that exists grows in its own memory. TCPSTORE_ENOMEM. */
static int reserve(struct input *input, struct memory *memory, size_t needs, size_t len)
{
    struct blob *blob = input->blob;

    if (blob == NULL)
        blob = blob_new(memory, next_capacity(0, needs, len));
    else if (len > blob->capacity)
        blob = blob_resize(blob, next_capacity(blob->capacity, needs, len));
    if (blob == NULL)
        return TCPSTORE_ENOMEM;
    input->blob = blob;
    return 0;
}

void input_follow(struct input *input, struct blob *blob, size_t len)
{
    input_release(input);
    *input = (struct input){.blob = blob, .len = len, .follows = true};
}

bool input_follow_on(struct input *input, size_t known, struct span *bytes)
{
    size_t missing = known - input->len;
    size_t len = missing < bytes->len ? missing : bytes->len;

    if (memcmp(input->blob->bytes + input->len, bytes->bytes, len) != 0)
        return false;
    input->len += len;
    *bytes = span_from(*bytes, len);
    return true;
}

int input_unfollow(struct input *input, struct memory *memory, size_t needs)
{
    struct input own = {.blob = NULL};

    if (input_append(&own, memory, needs, input_slice(input).span))
        return TCPSTORE_ENOMEM;
    input_release(input);
    *input = own;
    return 0;
}

int input_append(struct input *input, struct memory *memory, size_t needs, struct span bytes)
{
    if (reserve(input, memory, needs, input->len + bytes.len))
        return TCPSTORE_ENOMEM;
    span_copy(input->blob->bytes + input->len, bytes);
    input->len += bytes.len;
    return 0;
}

int input_complete(struct input *input, size_t needs, struct span *bytes)
{
    size_t missing = needs - input->len;
    size_t taken = missing < bytes->len ? missing : bytes->len;

    if (input_append(input, input->blob->memory, needs, span_of(bytes->bytes, taken)))
        return TCPSTORE_ENOMEM;
    *bytes = span_from(*bytes, taken);
    return 0;
}

struct room input_room(struct input *input, size_t needs)
{
    size_t missing = needs - input->len;
    size_t len;

    if (reserve(input, input->blob->memory, needs, input->len + 1))
        return (struct room){.bytes = NULL};
    len = input->blob->capacity - input->len;
    return (struct room){
        .bytes = input->blob->bytes + input->len, .len = len < missing ? len : missing};
}

static int move_out(struct input *input, struct memory *memory, size_t needs, struct span left)
{
    struct input moved = {.blob = NULL};

    if (left.len > 0 && input_append(&moved, memory, needs, left))
        return TCPSTORE_ENOMEM;
    input_release(input);
    *input = moved;
    return 0;
}

int input_consume(struct input *input, struct memory *memory, size_t needs, size_t len)
{
    struct span left;

    if (len == 0)
        return 0;
    left = span_from(input_slice(input).span, len);
    if (left.len == 0 || input->blob->owners > 1 || input->blob->memory != memory)
        return move_out(input, memory, needs, left);
    memmove(input->blob->bytes, left.bytes, left.len);
    input->len = left.len;
    return 0;
}

void input_release(struct input *input)
{
    blob_release(input->blob);
    *input = (struct input){.blob = NULL};
}
