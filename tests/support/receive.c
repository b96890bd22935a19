#include "support/receive.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

ssize_t receive(int fd, void *bytes, size_t len)
{
    return TEMP_FAILURE_RETRY(recv(fd, bytes, len, 0));
}

bool receive_all(int fd, void *bytes, size_t len)
{
    ssize_t received;

    for (char *at = bytes; len > 0; at += received, len -= (size_t)received) {
        received = receive(fd, at, len);
        if (received <= 0)
            return false;
    }
    return true;
}
