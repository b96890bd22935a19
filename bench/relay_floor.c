/*
 * The floor of a relay: the minimum that a process between a client and a server has to do. It
 * forwards what it reads, for one client after the other.
 *
 * Usage: relay_floor PORT. Prints its own port and serves on 127.0.0.1 until it is killed.
 * Exits on any failure.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { BUFFER_SIZE = 64 * 1024 };

static int check(int result, const char *what)
{
    if (result < 0) {
        fprintf(stderr, "relay_floor: %s: %s\n", what, strerror(errno));
        exit(1);
    }
    return result;
}

static struct sockaddr_in local(in_port_t port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET,
        .sin_port = port,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
}

static int listen_anywhere(void)
{
    int fd = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
    struct sockaddr_in address = local(0);
    socklen_t len = sizeof(address);

    check(bind(fd, (struct sockaddr *)&address, len), "bind");
    check(listen(fd, SOMAXCONN), "listen");
    check(getsockname(fd, (struct sockaddr *)&address, &len), "getsockname");
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    return fd;
}

static int connect_to(in_port_t port)
{
    int fd = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
    struct sockaddr_in address = local(port);

    check(connect(fd, (struct sockaddr *)&address, sizeof(address)), "connect");
    return fd;
}

/* Waits for bytes from `from`. The event also holds `to`, where they are to be written. */
static void watch(int epoll, int from, int to)
{
    struct epoll_event event = {
        .events = EPOLLIN, .data.u64 = (uint64_t)from << 32 | (uint32_t)to};
    const int on = 1;

    check(setsockopt(from, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)), "TCP_NODELAY");
    check(epoll_ctl(epoll, EPOLL_CTL_ADD, from, &event), "epoll_ctl");
}

/* False: an end has closed the connection. */
static bool forward(const struct epoll_event *event)
{
    static char buffer[BUFFER_SIZE];
    ssize_t len = read((int)(event->data.u64 >> 32), buffer, sizeof(buffer));

    return len > 0 && write((int)(uint32_t)event->data.u64, buffer, (size_t)len) == len;
}

static void serve(int client, int server)
{
    int epoll = check(epoll_create1(0), "epoll_create1");
    struct epoll_event event;

    watch(epoll, client, server);
    watch(epoll, server, client);
    do
        check(epoll_wait(epoll, &event, 1, -1), "epoll_wait");
    while (forward(&event));
    close(epoll);
}

int main(int argc, char **argv)
{
    int listener;

    if (argc != 2) {
        fprintf(stderr, "usage: relay_floor PORT\n");
        return 2;
    }
    listener = listen_anywhere();
    for (;;) {
        int client = check(accept(listener, NULL, NULL), "accept");
        int server = connect_to(htons((uint16_t)strtoul(argv[1], NULL, 10)));

        serve(client, server);
        close(client);
        close(server);
    }
}
