/*
 * Bytes that a client has sent and that are not yet executed: an unfinished request, or all
 * that arrived while the session was stopped.
 *
 * They lie in a blob, so that the store can keep a large value where it was received. While
 * they equal the start of a known request, they follow it: the blob is that request's, and they
 * are not stored. All zero: empty, nothing is allocated. `needs` is session_needs: a lower
 * bound on the size of the request at the front. Not thread-safe.
 */
#ifndef ENGINE_INPUT_H
#define ENGINE_INPUT_H

#include <stdbool.h>

#include <tcpstore/error.h>

#include "base/blob.h"

struct input {
    struct blob *blob; /* NULL: empty */
    size_t len;
    bool follows;  /* the blob is shared, and must not be changed */
    bool is_whole; /* it follows, and all of that request has arrived */
};

static inline bool input_is_empty(const struct input *input)
{
    return input->blob == NULL;
}

/* All of it; it must not be empty. */
static inline struct slice input_slice(const struct input *input)
{
    return (struct slice){.span = span_of(input->blob->bytes, input->len), .blob = input->blob};
}

/* The input, which may be empty, is the first `len` bytes in `blob`, of which it takes over a
 * share. */
void input_follow(struct input *input, struct blob *blob, size_t len);

/* The blob that the input follows has `known` bytes, at least as many as the input: takes as
 * many of `bytes` as equal its next ones. Returns false, and changes nothing, if they differ.
 */
bool input_follow_on(struct input *input, size_t known, struct span *bytes);

/* Stores the bytes that have followed a request in `memory`. TCPSTORE_ENOMEM: it is unchanged.
 */
TCPSTORE_MUST_USE
int input_unfollow(struct input *input, struct memory *memory, size_t needs);

/* Copies `bytes` to the end; it must not follow. `memory` is for an empty input. After
 * TCPSTORE_ENOMEM it is unchanged. */
TCPSTORE_MUST_USE
int input_append(struct input *input, struct memory *memory, size_t needs, struct span bytes);

/* Moves to the end as many bytes as the request still needs, from the front of `bytes`, which
 * may hold fewer. The input must not be empty. After TCPSTORE_ENOMEM both are unchanged. */
TCPSTORE_MUST_USE
int input_complete(struct input *input, size_t needs, struct span *bytes);

/* Where to receive the rest of a request without a copy: one byte or more, and at most what it
 * needs, which must exceed `len`. The caller adds the bytes that it puts there to `len`. The
 * input must not be empty. No room if memory is refused. */
struct room input_room(struct input *input, size_t needs);

/* Removes the first `len` bytes, which are executed. If a value shares the blob, or `memory` is
 * not the blob's, the rest moves to a new blob. After TCPSTORE_ENOMEM it is unchanged. */
TCPSTORE_MUST_USE
int input_consume(struct input *input, struct memory *memory, size_t needs, size_t len);

/* Frees the bytes; it is empty then. */
void input_release(struct input *input);

#endif
