#include "tcpstored/systemd.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/quantity.h"
#include "tcpstored/background.h"
#include "tcpstored/log.h"

enum { FIRST_DESCRIPTOR = 3 };

/* A parent may have left its own variables in the environment. */
static bool is_for_this_process(void)
{
    const char *text = getenv("LISTEN_PID");
    uint64_t pid;

    return text != NULL && quantity_parse_number(text, &pid) == 0 && pid == (uint64_t)getpid();
}

int systemd_socket(int *ret_fd)
{
    const char *text = getenv("LISTEN_FDS");
    uint64_t count;

    if (text == NULL || !is_for_this_process()) {
        *ret_fd = -1;
        return 0;
    }
    if (quantity_parse_number(text, &count) || count > 1) {
        fprintf(
            stderr,
            "tcpstored: LISTEN_FDS=%s: expected one socket; keep only one ListenStream= in the "
            "socket unit, such as [::]:29500 for every interface\n",
            text);
        return -1;
    }
    *ret_fd = count == 1 ? FIRST_DESCRIPTOR : -1;
    return 0;
}

/* A leading "@" means Linux's abstract namespace, where the name starts with a null byte.
 * Returns -1 if `path` is not a socket's name. */
static int parse_path(const char *path, struct sockaddr_un *ret_address, socklen_t *ret_len)
{
    size_t len = strlen(path);

    if (len > sizeof(ret_address->sun_path) || (*path != '/' && *path != '@'))
        return -1;
    *ret_address = (struct sockaddr_un){.sun_family = AF_UNIX};
    memcpy(ret_address->sun_path, path, len);
    if (*path == '@')
        ret_address->sun_path[0] = '\0';
    *ret_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    return 0;
}

/* Sends nothing if NOTIFY_SOCKET is not set. Returns 0 or an errno. */
static int send_state(const char *state, int flags)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address;
    socklen_t len;
    ssize_t sent;
    int error;
    int fd;

    if (path == NULL)
        return 0;
    if (parse_path(path, &address, &len))
        return EINVAL;
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return errno;
    sent = sendto(
        fd, state, strlen(state), MSG_NOSIGNAL | flags, (const struct sockaddr *)&address, len);
    error = sent < 0 ? errno : 0;
    close(fd);
    return error;
}

static void log_notify_failed(const char *state, int error)
{
    log_print(
        TCPSTORE_LOG_WARN, "event=notify-failed state=%s reason=\"NOTIFY_SOCKET: %s\"", state,
        strerror(error));
}

static void send_blocking(void *state)
{
    int error = send_state(state, 0);

    if (error)
        log_notify_failed(state, error);
}

void systemd_notify(const char *state)
{
    int error = send_state(state, MSG_DONTWAIT);

    if (error == EAGAIN)
        error = background_start(send_blocking, (void *)(uintptr_t)state);
    if (error)
        log_notify_failed(state, error);
}
