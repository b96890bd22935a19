#include "tcpstored/write_all.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

static void wait_for_room(int fd)
{
    struct pollfd output = {.fd = fd, .events = POLLOUT};

    poll(&output, 1, -1);
}

size_t write_all(int fd, const char *bytes, size_t len)
{
    size_t written = 0;

    while (written < len) {
        ssize_t result = write(fd, bytes + written, len - written);

        if (result >= 0)
            written += (size_t)result;
        else if (errno == EAGAIN || errno == EWOULDBLOCK)
            wait_for_room(fd);
        else if (errno != EINTR)
            break;
    }
    return written;
}
