/* Puts together the frames of a trunk from bytes that arrive in pieces. Not thread-safe. */
#ifndef TRUNK_READER_H
#define TRUNK_READER_H

#include "base/memory.h"
#include "trunk/frame.h"

struct reader {
    struct memory *memory;
    size_t max;     /* bytes of a frame */
    uint8_t *bytes; /* of a frame that has not arrived whole, or that was returned */
    size_t len;
    size_t capacity;
    bool is_returned;
};

enum reader_result {
    READER_MORE,  /* all bytes are taken, and the next frame has not arrived whole */
    READER_FRAME, /* there may be more */
    READER_BAD,   /* the bytes are no frame */
    READER_NO_MEMORY,
};

/* `max`: of a frame; it is at least FRAME_HEAD. Borrows the memory. */
void reader_init(struct reader *reader, struct memory *memory, size_t max);

/* Forgets a frame that has not arrived whole: the link is broken. */
void reader_clear(struct reader *reader);

/* Frees everything. */
void reader_done(struct reader *reader);

/* Takes bytes from the front of *bytes until a frame is whole. *ret_frame borrows them, or the
 * reader's, until the next call. Memory is taken for what has arrived, not for what is
 * announced. After READER_BAD and READER_NO_MEMORY the link must be given up. */
enum reader_result reader_take(
    struct reader *reader, struct span *bytes, struct frame *ret_frame);

#endif
