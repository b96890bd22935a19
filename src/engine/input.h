/*
 * Bytes that were received from a client and not yet executed: an unfinished request, or, while
 * the client must wait, all that arrived.
 *
 * It lies in a blob, so that a large value can be stored where it was received. All zero: there
 * is nothing, and nothing is allocated. `needs` is what session_needs says: the bytes that the
 * request at the front has at the least. Not thread-safe.
 */
#ifndef ENGINE_INPUT_H
#define ENGINE_INPUT_H

#include <stdbool.h>

#include <tcpstore/error.h>

#include "base/blob.h"

struct input {
    struct blob *blob; /* NULL: there is nothing */
    size_t len;
};

static inline bool input_is_empty(const struct input *input)
{
    return input->blob == NULL;
}

/* All of it, for engine_receive; it must not be empty. */
static inline struct slice input_slice(const struct input *input)
{
    return (struct slice){.span = span_of(input->blob->bytes, input->len), .blob = input->blob};
}

/* Whether a request that begins with this byte has a value, which may be stored where it was
 * received. */
bool input_may_be_stored(uint8_t opcode);

/* Copies `bytes` to the end. TCPSTORE_ENOMEM, and then it is as it was. */
TCPSTORE_MUST_USE
int input_append(struct input *input, struct memory *memory, size_t needs, struct span bytes);

/* The same with as many bytes as the request still needs, or as there are: they are taken from
 * the front of `bytes`, and the rest can be handled where it lies. TCPSTORE_ENOMEM, and then
 * both are as they were. */
TCPSTORE_MUST_USE
int input_complete(
    struct input *input, struct memory *memory, size_t needs, struct span *bytes);

/* Where to receive the rest of a request, without a copy: one byte or more, and no more than it
 * needs, which must be more than there is. Whoever puts some there adds to `len`. NULL: memory
 * is refused, and it is as it was. */
uint8_t *input_room(struct input *input, struct memory *memory, size_t needs, size_t *ret_room);

/* The first `len` bytes were executed. If a value has taken a share of the blob, or `memory` is
 * not the blob's, what is left moves to a blob of its own. TCPSTORE_ENOMEM, and then it is as
 * it was. */
TCPSTORE_MUST_USE
int input_consume(struct input *input, struct memory *memory, size_t needs, size_t len);

/* Leaves it empty. */
void input_release(struct input *input);

#endif
