#include "base/outbox.h"

#include <assert.h>

#include <tcpstore/error.h>

enum {
    FIRST_PIECES = 8,
    SHARE_FROM = 4096, /* bytes from which on referring is cheaper than copying */
};

void outbox_init(struct outbox *outbox, struct memory *memory, size_t fill_size, size_t limit)
{
    *outbox = (struct outbox){.memory = memory, .fill_size = fill_size, .limit = limit};
}

void outbox_done(struct outbox *outbox)
{
    outbox_clear(outbox);
    blob_release(outbox->fill);
    memory_free(outbox->memory, outbox->pieces, outbox->capacity * sizeof(*outbox->pieces));
    outbox_init(outbox, outbox->memory, outbox->fill_size, outbox->limit);
}

void outbox_clear(struct outbox *outbox)
{
    while (outbox->first < outbox->end)
        blob_release(outbox->pieces[outbox->first++].blob);
    if (outbox->fill != NULL && outbox->fill->capacity > outbox->fill_size) {
        blob_release(outbox->fill);
        outbox->fill = NULL;
    }
    outbox->first = 0;
    outbox->end = 0;
    outbox->fill_used = 0;
    outbox->bytes = 0;
}

/* For OUTBOX_PREPARED of them: moves the pieces to the front of their array, or to a larger
 * one if that gains little. */
static int make_room_for_pieces(struct outbox *outbox)
{
    size_t held = outbox->end - outbox->first;
    size_t capacity = outbox->capacity == 0 ? FIRST_PIECES : outbox->capacity * 2;
    struct slice *pieces;

    if (held <= outbox->capacity / 2 && outbox->capacity > 0) {
        memmove(outbox->pieces, outbox->pieces + outbox->first, held * sizeof(*pieces));
    } else {
        pieces = memory_alloc(outbox->memory, capacity * sizeof(*pieces));
        if (pieces == NULL)
            return TCPSTORE_ENOMEM;
        if (held > 0)
            memcpy(pieces, outbox->pieces + outbox->first, held * sizeof(*pieces));
        memory_free(outbox->memory, outbox->pieces, outbox->capacity * sizeof(*pieces));
        outbox->pieces = pieces;
        outbox->capacity = capacity;
    }
    outbox->first = 0;
    outbox->end = held;
    return 0;
}

static bool has_room_for_pieces(const struct outbox *outbox)
{
    return outbox->capacity - outbox->end >= OUTBOX_PREPARED;
}

/* The room must have been made. */
static void add_piece(struct outbox *outbox, struct span span, struct blob *blob)
{
    outbox->pieces[outbox->end++] = (struct slice){.span = span, .blob = blob_retain(blob)};
    outbox->bytes += span.len;
}

static int replace_fill(struct outbox *outbox, size_t len)
{
    struct blob *fill =
        blob_new(outbox->memory, len > outbox->fill_size ? len : outbox->fill_size);

    if (fill == NULL)
        return TCPSTORE_ENOMEM;
    blob_release(outbox->fill);
    outbox->fill = fill;
    outbox->fill_used = 0;
    return 0;
}

/* Whether the last piece ends where the next small bytes go, and can just grow. */
static bool last_piece_ends_at(const struct outbox *outbox, const uint8_t *bytes)
{
    const struct slice *last;

    if (outbox->first == outbox->end)
        return false;
    last = &outbox->pieces[outbox->end - 1];
    return last->blob == outbox->fill && last->span.bytes + last->span.len == bytes;
}

int outbox_reserve(struct outbox *outbox, size_t len, uint8_t **ret_bytes)
{
    uint8_t *bytes;

    if (len > outbox->limit - outbox->bytes)
        return TCPSTORE_EOUTPUT;
    if ((outbox->fill == NULL || len > outbox->fill->capacity - outbox->fill_used) &&
        replace_fill(outbox, len))
        return TCPSTORE_ENOMEM;
    bytes = outbox->fill->bytes + outbox->fill_used;
    if (last_piece_ends_at(outbox, bytes)) {
        outbox->pieces[outbox->end - 1].span.len += len;
        outbox->bytes += len;
    } else {
        if (!has_room_for_pieces(outbox) && make_room_for_pieces(outbox))
            return TCPSTORE_ENOMEM;
        add_piece(outbox, span_of(bytes, len), outbox->fill);
    }
    outbox->fill_used += len;
    *ret_bytes = bytes;
    return 0;
}

int outbox_prepare(struct outbox *outbox, size_t len)
{
    size_t copied = len < SHARE_FROM ? len : SHARE_FROM;

    if (len > outbox->limit - outbox->bytes)
        return TCPSTORE_EOUTPUT;
    if ((outbox->fill == NULL || copied > outbox->fill->capacity - outbox->fill_used) &&
        replace_fill(outbox, copied))
        return TCPSTORE_ENOMEM;
    return has_room_for_pieces(outbox) ? 0 : make_room_for_pieces(outbox);
}

bool outbox_copies(struct slice bytes)
{
    return bytes.blob == NULL || bytes.span.len < SHARE_FROM;
}

int outbox_append(struct outbox *outbox, struct slice bytes)
{
    uint8_t *copy;
    int error;

    if (bytes.span.len == 0)
        return 0;
    if (outbox_copies(bytes)) {
        error = outbox_reserve(outbox, bytes.span.len, &copy);
        if (error == 0)
            span_copy(copy, bytes.span);
        return error;
    }
    if (bytes.span.len > outbox->limit - outbox->bytes)
        return TCPSTORE_EOUTPUT;
    if (!has_room_for_pieces(outbox) && make_room_for_pieces(outbox))
        return TCPSTORE_ENOMEM;
    add_piece(outbox, bytes.span, bytes.blob);
    return 0;
}

int outbox_move(struct outbox *outbox, struct outbox *source)
{
    for (size_t i = source->first; i < source->end; i++) {
        struct slice piece = source->pieces[i];
        int error;

        if (piece.blob == source->fill)
            piece.blob = NULL; /* the source goes on using it: copy */
        error = outbox_append(outbox, piece);
        if (error)
            return error;
    }
    outbox_clear(source);
    return 0;
}

size_t outbox_peek(const struct outbox *outbox, struct span *ret_views, size_t count)
{
    size_t held = outbox->end - outbox->first;
    size_t views = held < count ? held : count;

    for (size_t i = 0; i < views; i++)
        ret_views[i] = outbox->pieces[outbox->first + i].span;
    return views;
}

void outbox_consume(struct outbox *outbox, size_t len)
{
    assert(len <= outbox->bytes);
    outbox->bytes -= len;
    while (len > 0) {
        struct slice *piece = &outbox->pieces[outbox->first];

        if (len < piece->span.len) {
            piece->span = span_from(piece->span, len);
            return;
        }
        len -= piece->span.len;
        blob_release(piece->blob);
        outbox->first++;
    }
    if (outbox->bytes == 0)
        outbox_clear(outbox);
}
