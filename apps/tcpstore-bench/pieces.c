#include "tcpstore-bench/pieces.h"

#include <stdint.h>
#include <sys/socket.h>

enum { PARTS_MAX = 64 /* per system call */ };

struct pieces pieces_slice(struct pieces pieces, size_t index, size_t count)
{
    return (struct pieces){.first = pieces.first + index, .count = count};
}

/* Adjacent pieces become one part; small requests are all adjacent. */
static size_t join(const struct pieces *pieces, struct iovec parts[PARTS_MAX])
{
    size_t skip = pieces->sent;
    size_t count = 0;

    for (size_t i = 0; i < pieces->count; i++) {
        uint8_t *start = (uint8_t *)pieces->first[i].iov_base + skip;
        size_t len = pieces->first[i].iov_len - skip;
        struct iovec *last = &parts[count > 0 ? count - 1 : 0];

        skip = 0;
        if (count > 0 && (uint8_t *)last->iov_base + last->iov_len == start)
            last->iov_len += len;
        else if (count == PARTS_MAX)
            break;
        else
            parts[count++] = (struct iovec){.iov_base = start, .iov_len = len};
    }
    return count;
}

static void advance(struct pieces *pieces, size_t len)
{
    pieces->sent += len;
    while (pieces->count > 0 && pieces->sent >= pieces->first->iov_len) {
        pieces->sent -= pieces->first->iov_len;
        pieces->first++;
        pieces->count--;
    }
}

ssize_t pieces_send(int fd, struct pieces *pieces)
{
    struct iovec parts[PARTS_MAX];
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = join(pieces, parts)};
    ssize_t len = message.msg_iovlen == 1
                      ? send(fd, parts[0].iov_base, parts[0].iov_len, MSG_NOSIGNAL)
                      : sendmsg(fd, &message, MSG_NOSIGNAL);

    if (len > 0)
        advance(pieces, (size_t)len);
    return len;
}
