#include "tcpstored/notify.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tcpstored/background.h"
#include "tcpstored/log.h"

/* Linux names sockets that are in no folder by a null byte, which is written "@". Returns -1
 * if it is no path. */
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

/* Returns 0 or an errno. */
static int send_to(const char *path, const char *state, int flags)
{
    struct sockaddr_un address;
    socklen_t len;
    ssize_t sent;
    int error;
    int fd;

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

static const char *socket_path(void)
{
    return getenv("NOTIFY_SOCKET");
}

static void log_failed(const char *state, int error)
{
    log_event(
        TCPSTORE_LOG_WARN, "event=notify-failed state=%s reason=\"NOTIFY_SOCKET: %s\"", state,
        strerror(error));
}

static void send_in_background(void *state)
{
    int error = send_to(socket_path(), state, 0);

    if (error)
        log_failed(state, error);
}

void notify(const char *state)
{
    const char *path = socket_path();
    int error;

    if (path == NULL)
        return;
    error = send_to(path, state, MSG_DONTWAIT);
    if (error == EAGAIN)
        error = background_start(send_in_background, (void *)(uintptr_t)state);
    if (error)
        log_failed(state, error);
}
