#include "base/outbox.h"

#include <assert.h>

#include <tcpstore/error.h>

#include "base/cold.h"

enum {
    FIRST_PIECES = 8,
    SHARE_FROM = 4096, /* bytes; from this size on, sharing is cheaper than copying */
};

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

void outbox_init(struct outbox *outbox, struct memory *memory, size_t fill_size, size_t limit)
{
    *outbox = (struct outbox){.memory = memory, .fill_size = fill_size, .limit = limit};
}

/* The next small bytes are copied to the start of `fill`. NULL: they need a new blob. */
static void set_fill(struct outbox *outbox, struct blob *fill)
{
    outbox->fill = fill;
    outbox->tail = fill == NULL ? NULL : fill->bytes;
    outbox->tail_end = fill == NULL ? NULL : fill->bytes + fill->capacity;
    outbox->growable = 0;
}

/* Back to the default size. A larger fill is not freed: memory for the next may be refused. */
static __attribute__((noinline)) COLD struct blob *shrink_fill(const struct outbox *outbox)
{
    struct blob *shrunk = blob_resize(outbox->fill, outbox->fill_size);

    return shrunk == NULL ? outbox->fill : shrunk;
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
    if (outbox->fill != NULL && outbox->fill->capacity > outbox->fill_size)
        outbox->fill = shrink_fill(outbox);
    set_fill(outbox, outbox->fill);
    outbox->first = 0;
    outbox->end = 0;
    outbox->bytes = 0;
}

/* Makes room for OUTBOX_PREPARED pieces: moves the pieces to the front of their array or, if
 * that frees less than half of it, to a larger one. */
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

/* The array must have room. */
static void add_piece(struct outbox *outbox, struct span span, struct blob *blob)
{
    outbox->pieces[outbox->end++] = (struct slice){.span = span, .blob = blob_retain(blob)};
    outbox->bytes += span.len;
    outbox->growable = 0;
}

void outbox_rewind(struct outbox *outbox, const struct outbox_mark *mark)
{
    size_t end = outbox->first + mark->pieces;

    if (mark->pieces == 0) {
        outbox_clear(outbox);
        return;
    }
    while (outbox->end > end)
        blob_release(outbox->pieces[--outbox->end].blob);
    outbox->pieces[end - 1].span.len = mark->last_len;
    outbox->bytes = mark->bytes;
    outbox->growable = 0;
}

static int replace_fill(struct outbox *outbox, size_t len)
{
    struct blob *fill =
        blob_new(outbox->memory, len > outbox->fill_size ? len : outbox->fill_size);

    if (fill == NULL)
        return TCPSTORE_ENOMEM;
    blob_release(outbox->fill);
    set_fill(outbox, fill);
    return 0;
}

static size_t fill_left(const struct outbox *outbox)
{
    return (size_t)(outbox->tail_end - outbox->tail);
}

/* Begins a piece, which can then grow. gcc 14 would inline it into small replies, and then not
 * these into handlers: 24 instructions for a CHECK. */
__attribute__((noinline)) struct reserved outbox_reserve_slow(struct outbox *outbox, size_t len)
{
    uint8_t *bytes;

    if (len > outbox->limit - outbox->bytes)
        return (struct reserved){.error = TCPSTORE_EOUTPUT};
    if (len > fill_left(outbox) && replace_fill(outbox, len))
        return (struct reserved){.error = TCPSTORE_ENOMEM};
    if (outbox->end == outbox->capacity && make_room_for_pieces(outbox))
        return (struct reserved){.error = TCPSTORE_ENOMEM};
    bytes = outbox->tail;
    add_piece(outbox, span_of(bytes, len), outbox->fill);
    outbox->tail += len;
    outbox->growable = smaller(fill_left(outbox), outbox->limit - outbox->bytes);
    return (struct reserved){bytes, 0};
}

int outbox_prepare_slow(struct outbox *outbox, size_t len)
{
    if (len > outbox->limit - outbox->bytes)
        return TCPSTORE_EOUTPUT;
    if (len > fill_left(outbox) && replace_fill(outbox, len))
        return TCPSTORE_ENOMEM;
    return outbox_has_room_for_pieces(outbox) ? 0 : make_room_for_pieces(outbox);
}

bool outbox_copies(const struct slice *bytes)
{
    return bytes->blob == NULL || bytes->span.len < SHARE_FROM;
}

static int append_copy(struct outbox *outbox, struct span bytes)
{
    struct reserved copy = outbox_reserve(outbox, bytes.len);

    if (copy.error == 0)
        span_copy(copy.bytes, bytes);
    return copy.error;
}

int outbox_append(struct outbox *outbox, const struct slice *bytes)
{
    if (bytes->span.len == 0)
        return 0;
    if (outbox_copies(bytes))
        return append_copy(outbox, bytes->span);
    if (bytes->span.len > outbox->limit - outbox->bytes)
        return TCPSTORE_EOUTPUT;
    if (outbox->end == outbox->capacity && make_room_for_pieces(outbox))
        return TCPSTORE_ENOMEM;
    add_piece(outbox, bytes->span, bytes->blob);
    return 0;
}

int outbox_move(struct outbox *outbox, struct outbox *source)
{
    for (size_t i = source->first; i < source->end; i++) {
        struct slice piece = source->pieces[i];
        int error;

        if (piece.blob == source->fill)
            piece.blob = NULL; /* copied, because the source keeps writing to this blob */
        error = outbox_append(outbox, &piece);
        if (error)
            return error;
    }
    outbox_clear(source);
    return 0;
}

size_t outbox_peek(const struct outbox *outbox, struct span *ret_views, size_t count)
{
    size_t views = smaller(outbox->end - outbox->first, count);

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

bool outbox_drop(struct outbox *outbox, long *steps)
{
    struct span first;

    for (; *steps > 0 && outbox_peek(outbox, &first, 1) > 0; --*steps)
        outbox_consume(outbox, first.len);
    return outbox->bytes == 0;
}
