/* Bytes on their way into a socket, from the places where they lie. */
#ifndef BENCH_PIECES_H
#define BENCH_PIECES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <sys/uio.h>

/* All zero: nothing to send. No piece is empty. */
struct pieces {
    const struct iovec *first;
    size_t count;
    size_t sent; /* bytes of the first */
};

/* `count` of them, from the `index`th on. */
struct pieces pieces_slice(struct pieces pieces, size_t index, size_t count);

static inline bool pieces_are_sent(const struct pieces *pieces)
{
    return pieces->count == 0;
}

/* One system call; what it has sent is no longer in `pieces`. Returns -1 with errno set. */
ssize_t pieces_send(int fd, struct pieces *pieces);

#endif
