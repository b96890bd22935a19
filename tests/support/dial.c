#include "support/dial.h"

#include <stdbool.h>
#include <sys/socket.h>

/* The linker chooses these names. NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*) */

int __real_connect(int fd, const struct sockaddr *address, socklen_t len);
int __wrap_connect(int fd, const struct sockaddr *address, socklen_t len);

static _Thread_local bool dials_itself;

int __wrap_connect(int fd, const struct sockaddr *address, socklen_t len)
{
    if (dials_itself && bind(fd, address, len))
        return -1;
    dials_itself = false;
    return __real_connect(fd, address, len);
}

void dial_itself(void)
{
    dials_itself = true;
}

/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */
