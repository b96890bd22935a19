/* Bytes to be sent from where they are in memory. */
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
    size_t sent; /* bytes of the first piece */
};

/* `count` pieces from `index` on. */
struct pieces pieces_slice(struct pieces pieces, size_t index, size_t count);

static inline bool pieces_are_sent(const struct pieces *pieces)
{
    return pieces->count == 0;
}

/* Makes one system call and removes what it has sent from `pieces`. Returns -1 with errno set.
 */
ssize_t pieces_send(int fd, struct pieces *pieces);

#endif
