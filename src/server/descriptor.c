#include "server/descriptor.h"

#include <fcntl.h>
#include <unistd.h>

void descriptor_hold(struct descriptor_hold *ret_hold)
{
    ret_hold->count = 0;
    for (int standard = STDIN_FILENO; standard <= STDERR_FILENO; standard++) {
        int fd = fcntl(standard, F_GETFD) < 0 ? open("/", O_PATH | O_CLOEXEC) : -1;

        if (fd >= 0)
            ret_hold->fds[ret_hold->count++] = fd;
    }
}

void descriptor_release(const struct descriptor_hold *hold)
{
    for (int i = 0; i < hold->count; i++)
        close(hold->fds[i]);
}
