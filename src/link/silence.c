#include "link/silence.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

enum { SILENCE_S = 15 };

static void set_option(int fd, int level, int name, int value)
{
    setsockopt(fd, level, name, &value, sizeof(value));
}

void silence_notice(int fd)
{
    set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, SILENCE_S / 3);
    set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, SILENCE_S / 3);
    set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, 2);
    set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, SILENCE_S * 1000);
    set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
}
