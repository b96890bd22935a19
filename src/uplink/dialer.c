/*
 * Happy path: look the name up in libuv's threads, connect without blocking, and hand the
 * socket over once it is writable.
 *
 * Failures: the name is unknown; an address refuses, or does not answer in time: try the next
 * one, and report the last reason when all have failed; no descriptor, or no memory.
 */
#include "uplink/dialer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/descriptors.h"

static void on_timeout(uv_timer_t *timer);
static void try_next(struct dialer *dialer);

static void free_found(struct dialer *dialer)
{
    uv_freeaddrinfo(dialer->found);
    dialer->found = NULL;
    dialer->next = NULL;
}

static void fail(struct dialer *dialer, const char *reason)
{
    free_found(dialer);
    dialer->events->failed(dialer, reason);
}

static void on_poll_closed(uv_handle_t *handle)
{
    free(handle);
}

/* The attempt is over, and the socket is the caller's. */
static int end_attempt(struct dialer *dialer)
{
    uv_timer_stop(&dialer->timer);
    uv_close((uv_handle_t *)dialer->poll, on_poll_closed);
    dialer->poll = NULL;
    return dialer->fd;
}

static void give_up_attempt(struct dialer *dialer, const char *reason)
{
    dialer->reason = reason;
    close(end_attempt(dialer));
}

static int error_of(int fd)
{
    int error = 0;
    socklen_t size = sizeof(error);

    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) ? errno : error;
}

static void on_writable(uv_poll_t *poll, int status, int events)
{
    struct dialer *dialer = poll->data;
    int error = error_of(dialer->fd);

    (void)events;
    if (error == 0 && status < 0) /* libuv's own; it does not tell the socket's */
        error = -status;
    if (error == 0) {
        int fd = end_attempt(dialer);

        free_found(dialer);
        dialer->events->connected(dialer, fd);
        return;
    }
    give_up_attempt(dialer, uv_strerror(uv_translate_sys_error(error)));
    try_next(dialer);
}

static void on_timeout(uv_timer_t *timer)
{
    struct dialer *dialer = timer->data;

    give_up_attempt(dialer, "it does not answer");
    try_next(dialer);
}

/* Returns libuv's error. */
static int watch(struct dialer *dialer)
{
    uv_poll_t *poll = malloc(sizeof(*poll));
    int status = UV_ENOMEM;

    if (poll != NULL)
        status = uv_poll_init(dialer->loop, poll, dialer->fd);
    if (status) {
        free(poll);
        return status;
    }
    poll->data = dialer;
    dialer->poll = poll;
    uv_poll_start(poll, UV_WRITABLE, on_writable);
    uv_timer_start(&dialer->timer, on_timeout, DIALER_MS, 0);
    return 0;
}

/* Returns libuv's error. */
static int open_socket(const struct addrinfo *address, int *ret_fd)
{
    struct held_descriptors held;

    descriptors_hold(&held);
    *ret_fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    descriptors_release(&held);
    return *ret_fd < 0 ? uv_translate_sys_error(errno) : 0;
}

static int begin(struct dialer *dialer, const struct addrinfo *address)
{
    int status = open_socket(address, &dialer->fd);

    if (status)
        return status;
    if (connect(dialer->fd, address->ai_addr, address->ai_addrlen) && errno != EINPROGRESS)
        status = uv_translate_sys_error(errno);
    if (status == 0)
        status = watch(dialer);
    if (status)
        close(dialer->fd);
    return status;
}

static void try_next(struct dialer *dialer)
{
    while (dialer->next != NULL) {
        const struct addrinfo *address = dialer->next;
        int status;

        dialer->next = address->ai_next;
        status = begin(dialer, address);
        if (status == 0)
            return;
        dialer->reason = uv_strerror(status);
    }
    fail(dialer, dialer->reason);
}

static void on_found(uv_getaddrinfo_t *lookup, int status, struct addrinfo *found)
{
    struct dialer *dialer = lookup->data;

    dialer->is_looking_up = false;
    if (dialer->is_closed) {
        uv_freeaddrinfo(found);
        return;
    }
    dialer->found = found;
    dialer->next = found;
    dialer->reason = "it has no address";
    if (status)
        fail(dialer, uv_strerror(status));
    else
        try_next(dialer);
}

static void on_cannot_look_up(uv_timer_t *timer)
{
    struct dialer *dialer = timer->data;

    fail(dialer, dialer->reason);
}

void dialer_init(struct dialer *dialer, uv_loop_t *loop, const struct dialer_events *events)
{
    *dialer = (struct dialer){.loop = loop, .events = events};
    uv_timer_init(loop, &dialer->timer);
    dialer->timer.data = dialer;
    dialer->lookup.data = dialer;
}

void dialer_dial(struct dialer *dialer, const char *host, const char *port)
{
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    int status = uv_getaddrinfo(dialer->loop, &dialer->lookup, on_found, host, port, &hints);

    dialer->is_looking_up = status == 0;
    if (status == 0)
        return;
    dialer->reason = uv_strerror(status);
    uv_timer_start(&dialer->timer, on_cannot_look_up, 0, 0);
}

void dialer_close(struct dialer *dialer)
{
    if (dialer->is_closed)
        return;
    dialer->is_closed = true;
    if (dialer->poll != NULL)
        close(end_attempt(dialer));
    free_found(dialer);
    if (dialer->is_looking_up)
        uv_cancel((uv_req_t *)&dialer->lookup);
    uv_close((uv_handle_t *)&dialer->timer, NULL);
}
