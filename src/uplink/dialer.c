/*
 * Happy path: look the name up in libuv's threads, connect without blocking, shake hands, and
 * hand the stream over.
 *
 * Failures: the name is unknown; an address refuses, does not answer in time, or is not who it
 * should be: try the next one, and report the last reason when all have failed; no descriptor,
 * or no memory.
 */
#include "uplink/dialer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "link/silence.h"
#include "server/descriptors.h"
#include "server/discard.h"
#include "server/local_peer.h"
#include "server/tcp_stream.h"

static void on_timeout(uv_timer_t *timer);
static void try_next(struct dialer *dialer);

static void free_found(struct dialer *dialer)
{
    uv_freeaddrinfo(dialer->found);
    dialer->found = NULL;
    dialer->next = NULL;
}

/* `reason` is static. */
static void set_reason(struct dialer *dialer, const char *reason, enum remedy remedy)
{
    dialer->why = (struct tls_failure){.reason = reason};
    dialer->remedy = remedy;
}

/* libuv's. */
static void set_status(struct dialer *dialer, int status)
{
    bool is_own = status == UV_EMFILE || status == UV_ENFILE || status == UV_ENOMEM ||
                  status == UV_ENOBUFS || status == UV_EAI_MEMORY;

    set_reason(dialer, uv_strerror(status), is_own ? REMEDY_LIMIT : REMEDY_REACH);
}

static void fail(struct dialer *dialer)
{
    free_found(dialer);
    dialer->events->failed(dialer);
}

static void on_poll_closed(uv_handle_t *handle)
{
    free(handle);
}

static void stop_watching(struct dialer *dialer)
{
    uv_timer_stop(&dialer->timer);
    uv_close((uv_handle_t *)dialer->poll, on_poll_closed);
    dialer->poll = NULL;
}

static void give_up_attempt(struct dialer *dialer)
{
    if (dialer->poll != NULL) {
        stop_watching(dialer);
        close(dialer->fd);
    }
    if (dialer->stream != NULL) {
        uv_timer_stop(&dialer->timer);
        discard_stream(dialer->stream);
        dialer->stream = NULL;
    }
}

static void succeed(struct dialer *dialer, struct stream *stream)
{
    free_found(dialer);
    dialer->events->connected(dialer, stream);
}

static void on_ready(void *context, struct stream *stream)
{
    struct dialer *dialer = context;

    uv_timer_stop(&dialer->timer);
    dialer->stream = NULL;
    succeed(dialer, stream);
}

static void on_not_secure(
    void *context, struct stream *stream, const struct tls_failure *failure)
{
    struct dialer *dialer = context;

    (void)stream;
    dialer->why = *failure;
    dialer->remedy = REMEDY_CREDENTIALS;
    give_up_attempt(dialer);
    try_next(dialer);
}

/* Returns libuv's error. */
static int shake_hands(struct dialer *dialer)
{
    static const struct secure_events events = {on_ready, on_not_secure};
    int status = secure_stream_connect(
        dialer->secure, dialer->fd, dialer->host, TLS_TRUNK, &events, dialer, &dialer->stream);

    if (status == 0)
        uv_timer_start(&dialer->timer, on_timeout, DIALER_MS, 0);
    return status;
}

static bool is_local(int fd)
{
    union address peer = {0};
    socklen_t len = sizeof(peer);

    return getpeername(fd, &peer.any, &len) == 0 && local_peer_is(fd, &peer);
}

/* The socket is connected. */
static void open_stream(struct dialer *dialer)
{
    struct stream *stream = NULL;
    int status;

    stop_watching(dialer);
    silence_notice(dialer->fd);
    dialer->is_local = is_local(dialer->fd);
    if (dialer->secure != NULL)
        status = shake_hands(dialer);
    else
        status = tcp_stream_open(
            dialer->loop, dialer->fd, dialer->memory, NULL, NULL, NULL, &stream);
    if (stream != NULL)
        succeed(dialer, stream);
    if (status == 0)
        return;
    set_status(dialer, status);
    close(dialer->fd);
    try_next(dialer);
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
        open_stream(dialer);
        return;
    }
    set_status(dialer, uv_translate_sys_error(error));
    give_up_attempt(dialer);
    try_next(dialer);
}

static void on_timeout(uv_timer_t *timer)
{
    struct dialer *dialer = timer->data;

    if (dialer->stream == NULL)
        set_reason(dialer, "it does not answer", REMEDY_REACH);
    else
        set_reason(dialer, "it accepts the connection, but does not greet", REMEDY_PORT);
    give_up_attempt(dialer);
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
        set_status(dialer, status);
    }
    fail(dialer);
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
    if (status == UV_EAI_MEMORY)
        set_status(dialer, status);
    else
        set_reason(dialer, status ? uv_strerror(status) : "it has no address", REMEDY_NAME);
    if (status)
        fail(dialer);
    else
        try_next(dialer);
}

static void on_cannot_look_up(uv_timer_t *timer)
{
    fail(timer->data);
}

void dialer_init(
    struct dialer *dialer, uv_loop_t *loop, struct memory *memory, const struct secure *secure,
    const struct dialer_events *events)
{
    *dialer =
        (struct dialer){.loop = loop, .memory = memory, .secure = secure, .events = events};
    uv_timer_init(loop, &dialer->timer);
    dialer->timer.data = dialer;
    dialer->lookup.data = dialer;
}

void dialer_dial(struct dialer *dialer, const char *host, const char *port)
{
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    int status = uv_getaddrinfo(dialer->loop, &dialer->lookup, on_found, host, port, &hints);

    dialer->host = host;
    dialer->is_looking_up = status == 0;
    if (status == 0)
        return;
    set_status(dialer, status);
    uv_timer_start(&dialer->timer, on_cannot_look_up, 0, 0);
}

void dialer_close(struct dialer *dialer)
{
    if (dialer->is_closed)
        return;
    dialer->is_closed = true;
    give_up_attempt(dialer);
    free_found(dialer);
    if (dialer->is_looking_up)
        uv_cancel((uv_req_t *)&dialer->lookup);
    uv_close((uv_handle_t *)&dialer->timer, NULL);
}
