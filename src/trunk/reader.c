#include "trunk/reader.h"

enum { CAPACITY_MIN = 4 << 10 /* bytes */ };

void reader_init(struct reader *reader, struct memory *memory, size_t max)
{
    *reader = (struct reader){.memory = memory, .max = max};
}

void reader_clear(struct reader *reader)
{
    reader->len = 0;
    reader->is_returned = false;
}

static void free_bytes(struct reader *reader)
{
    memory_free(reader->memory, reader->bytes, reader->capacity);
    reader->bytes = NULL;
    reader->capacity = 0;
}

void reader_done(struct reader *reader)
{
    free_bytes(reader);
}

static bool grow(struct reader *reader, size_t len)
{
    size_t capacity = reader->capacity < CAPACITY_MIN ? CAPACITY_MIN : 2 * reader->capacity;
    uint8_t *bytes;

    if (len <= reader->capacity)
        return true;
    if (capacity < len)
        capacity = len;
    bytes = reader->bytes == NULL
                ? memory_alloc(reader->memory, capacity)
                : memory_realloc(reader->memory, reader->bytes, reader->capacity, capacity);
    if (bytes == NULL)
        return false;
    reader->bytes = bytes;
    reader->capacity = capacity;
    return true;
}

/* Moves `len` bytes to the reader's. */
static bool keep(struct reader *reader, struct span *bytes, size_t len)
{
    if (!grow(reader, reader->len + len))
        return false;
    span_copy(reader->bytes + reader->len, span_of(bytes->bytes, len));
    reader->len += len;
    *bytes = span_from(*bytes, len);
    return true;
}

/* The bytes are all that there is of the frame. */
static enum reader_result take_whole(
    struct reader *reader, struct span *bytes, struct frame *ret_frame)
{
    size_t size;

    switch (frame_scan(*bytes, reader->max, ret_frame, &size)) {
    case FRAME_WHOLE:
        *bytes = span_from(*bytes, size);
        return READER_FRAME;
    case FRAME_BAD:
        return READER_BAD;
    default:
        return keep(reader, bytes, bytes->len) ? READER_MORE : READER_NO_MEMORY;
    }
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static enum reader_result complete(
    struct reader *reader, struct span *bytes, struct frame *ret_frame)
{
    for (;;) {
        size_t size;
        enum frame_verdict verdict =
            frame_scan(span_of(reader->bytes, reader->len), reader->max, ret_frame, &size);

        if (verdict == FRAME_BAD)
            return READER_BAD;
        if (verdict == FRAME_WHOLE) {
            reader->is_returned = true;
            return READER_FRAME;
        }
        if (bytes->len == 0)
            return READER_MORE;
        if (!keep(reader, bytes, smaller(size - reader->len, bytes->len)))
            return READER_NO_MEMORY;
    }
}

enum reader_result reader_take(
    struct reader *reader, struct span *bytes, struct frame *ret_frame)
{
    if (reader->is_returned) {
        reader_clear(reader);
        if (reader->capacity > CAPACITY_MIN)
            free_bytes(reader);
    }
    if (reader->len > 0)
        return complete(reader, bytes, ret_frame);
    return bytes->len == 0 ? READER_MORE : take_whole(reader, bytes, ret_frame);
}
