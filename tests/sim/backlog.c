#include "sim/backlog.h"

#include <stdlib.h>

enum { FILL_SIZE = 256 };

void backlog_init(struct backlog *backlog, struct memory *memory)
{
    *backlog = (struct backlog){.read = 0};
    outbox_init(&backlog->replies, memory, FILL_SIZE, SIZE_MAX / 2);
}

void backlog_done(struct backlog *backlog)
{
    outbox_done(&backlog->replies);
    buffer_free(&backlog->expected);
}

void backlog_add(struct backlog *backlog, struct outbox *replies, struct span bytes)
{
    if (outbox_move(&backlog->replies, replies))
        abort();
    buffer_add(&backlog->expected, bytes);
}

static bool read_piece(struct backlog *backlog, size_t len)
{
    struct span piece;

    outbox_peek(&backlog->replies, &piece, 1);
    if (len < piece.len)
        piece.len = len;
    if (memcmp(piece.bytes, backlog->expected.bytes + backlog->read, piece.len) != 0)
        return false;
    backlog->read += piece.len;
    outbox_consume(&backlog->replies, piece.len);
    return true;
}

bool backlog_read(struct backlog *backlog, size_t len)
{
    size_t end = backlog->read + len;

    if (end > backlog->expected.len)
        end = backlog->expected.len;
    while (backlog->read < end) {
        if (!read_piece(backlog, end - backlog->read))
            return false;
    }
    if (backlog->replies.bytes == 0) {
        backlog->expected.len = 0;
        backlog->read = 0;
    }
    return true;
}
