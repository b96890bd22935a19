#include "tcpstored/notify.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tcpstored/log.h"

/* Linux names sockets that are in no folder by a null byte, which is written "@". Returns -1
 * with errno set. */
static int parse_path(const char *path, struct sockaddr_un *ret_address, socklen_t *ret_len)
{
    size_t len = strlen(path);

    if (len > sizeof(ret_address->sun_path) || (*path != '/' && *path != '@')) {
        errno = EINVAL;
        return -1;
    }
    *ret_address = (struct sockaddr_un){.sun_family = AF_UNIX};
    memcpy(ret_address->sun_path, path, len);
    if (*path == '@')
        ret_address->sun_path[0] = '\0';
    *ret_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    return 0;
}

static int send_to(const char *path, const char *state)
{
    struct sockaddr_un address;
    socklen_t len;
    ssize_t sent;
    int error;
    int fd;

    if (parse_path(path, &address, &len))
        return -1;
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    sent =
        sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&address, len);
    error = sent < 0 ? errno : 0;
    close(fd);
    errno = error;
    return error ? -1 : 0;
}

void notify(const char *state)
{
    const char *path = getenv("NOTIFY_SOCKET");

    if (path != NULL && send_to(path, state))
        log_event(
            TCPSTORE_LOG_WARN, "event=notify-failed state=%s reason=\"NOTIFY_SOCKET: %s\"",
            state, strerror(errno));
}
