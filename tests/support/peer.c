#include "support/peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "support/receive.h"
#include "support/requests.h"
#include "support/test.h"

enum {
    STEPS_MAX = 64,
    PATIENCE_SECONDS = 20,
    HANDSHAKE_BYTES = 5 + 5, /* VALIDATE and PING */
    SLOW_READ_BYTES = 1 << 12,
    SLOW_READS = 500,
    SLOW_READ_PAUSE_NS = 4000000,
};

struct step {
    const char *(*run)(struct peer *peer, struct span bytes); /* returns NULL or an error */
    struct buffer bytes;
};

struct peer {
    int listener;
    int fd;
    uint16_t port;
    pthread_t thread;
    struct step steps[STEPS_MAX];
    size_t count;
    size_t done;
    const char *failure;
};

static void be_patient(int fd)
{
    const struct timeval patience = {.tv_sec = PATIENCE_SECONDS};

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
}

struct peer *peer_new(const char *address)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t len = sizeof(at);
    struct peer *peer = calloc(1, sizeof(*peer));

    assert_non_null(peer);
    peer->fd = -1;
    peer->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(peer->listener >= 0);
    assert_int_equal(inet_pton(AF_INET, address, &at.sin_addr), 1);
    assert_int_equal(bind(peer->listener, (struct sockaddr *)&at, len), 0);
    assert_int_equal(listen(peer->listener, 5), 0);
    assert_int_equal(getsockname(peer->listener, (struct sockaddr *)&at, &len), 0);
    be_patient(peer->listener);
    peer->port = ntohs(at.sin_port);
    return peer;
}

uint16_t peer_port(const struct peer *peer)
{
    return peer->port;
}

static void close_client(struct peer *peer)
{
    if (peer->fd >= 0)
        close(peer->fd);
    peer->fd = -1;
}

static const char *run_accept(struct peer *peer, struct span bytes)
{
    (void)bytes;
    close_client(peer);
    peer->fd = (int)TEMP_FAILURE_RETRY(accept(peer->listener, NULL, NULL));
    if (peer->fd < 0)
        return "no client connected";
    be_patient(peer->fd);
    return NULL;
}

static const char *run_handshake(struct peer *peer, struct span bytes)
{
    uint8_t handshake[HANDSHAKE_BYTES];

    (void)bytes;
    if (!receive_all(peer->fd, handshake, HANDSHAKE_BYTES))
        return "received no complete handshake";
    if (handshake[0] != OP_VALIDATE || handshake[5] != OP_PING)
        return "the handshake is not VALIDATE and PING";
    return send(peer->fd, handshake + 6, 4, MSG_NOSIGNAL) == 4 ? NULL
                                                               : "could not send the nonce";
}

static const char *run_expect(struct peer *peer, struct span bytes)
{
    uint8_t *received = malloc(bytes.len);
    const char *failure = NULL;

    if (received == NULL || !receive_all(peer->fd, received, bytes.len))
        failure = "received fewer bytes than expected";
    else if (memcmp(received, bytes.bytes, bytes.len) != 0)
        failure = "received other bytes than expected";
    free(received);
    return failure;
}

static const char *run_skip(struct peer *peer, struct span bytes)
{
    uint8_t *received = malloc(bytes.len);
    bool complete = received != NULL && receive_all(peer->fd, received, bytes.len);

    free(received);
    return complete ? NULL : "received fewer bytes than were to be skipped";
}

static const char *run_send(struct peer *peer, struct span bytes)
{
    ssize_t sent = send(peer->fd, bytes.bytes, bytes.len, MSG_NOSIGNAL);

    return sent == (ssize_t)bytes.len ? NULL : "could not send all bytes";
}

static const char *run_repeat(struct peer *peer, struct span bytes)
{
    time_t patience_ends = time(NULL) + PATIENCE_SECONDS;
    ssize_t sent;

    while ((sent = send(peer->fd, bytes.bytes, bytes.len, MSG_NOSIGNAL)) > 0) {
        if (time(NULL) > patience_ends)
            return "the client did not disconnect";
    }
    return sent < 0 && (errno == EPIPE || errno == ECONNRESET) ? NULL : "sending failed";
}

static const char *run_read_slowly(struct peer *peer, struct span bytes)
{
    const struct timespec pause = {.tv_nsec = SLOW_READ_PAUSE_NS};
    uint8_t received[SLOW_READ_BYTES];

    (void)bytes;
    for (int i = 0; i < SLOW_READS && receive(peer->fd, received, SLOW_READ_BYTES) > 0; i++)
        nanosleep(&pause, NULL);
    return NULL;
}

static const char *run_await_end(struct peer *peer, struct span bytes)
{
    uint8_t byte;
    ssize_t len = receive(peer->fd, &byte, 1);

    (void)bytes;
    if (len > 0)
        return "received more bytes instead of the end of the stream";
    return len == 0 || errno == ECONNRESET ? NULL : "the client did not disconnect";
}

static const char *run_close(struct peer *peer, struct span bytes)
{
    (void)bytes;
    close_client(peer);
    return NULL;
}

static const char *run_reset(struct peer *peer, struct span bytes)
{
    const struct linger linger = {.l_onoff = 1};

    (void)bytes;
    setsockopt(peer->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
    close_client(peer);
    return NULL;
}

static void add_step(
    struct peer *peer, const char *(*run)(struct peer *, struct span), struct span bytes)
{
    struct step *step = &peer->steps[peer->count++];

    assert_true(peer->count <= STEPS_MAX);
    step->run = run;
    buffer_add(&step->bytes, bytes);
}

/* `bytes` is the descriptor. */
static const char *run_signal(struct peer *peer, struct span bytes)
{
    int fd;

    (void)peer;
    memcpy(&fd, bytes.bytes, sizeof(fd));
    return eventfd_write(fd, 1) == 0 ? NULL : "could not write to the eventfd";
}

void peer_accept(struct peer *peer)
{
    add_step(peer, run_accept, text(""));
}

void peer_handshake(struct peer *peer)
{
    add_step(peer, run_handshake, text(""));
}

void peer_expect(struct peer *peer, struct span bytes)
{
    add_step(peer, run_expect, bytes);
}

void peer_skip(struct peer *peer, size_t len)
{
    static const uint8_t any[256];

    assert_true(len <= sizeof(any));
    add_step(peer, run_skip, span_of(any, len));
}

void peer_send(struct peer *peer, struct span bytes)
{
    add_step(peer, run_send, bytes);
}

void peer_repeat(struct peer *peer, struct span bytes)
{
    add_step(peer, run_repeat, bytes);
}

void peer_read_slowly(struct peer *peer)
{
    add_step(peer, run_read_slowly, text(""));
}

void peer_await_end(struct peer *peer)
{
    add_step(peer, run_await_end, text(""));
}

void peer_close(struct peer *peer)
{
    add_step(peer, run_close, text(""));
}

void peer_reset(struct peer *peer)
{
    add_step(peer, run_reset, text(""));
}

void peer_signal(struct peer *peer, int fd)
{
    add_step(peer, run_signal, span_of(&fd, sizeof(fd)));
}

static void *follow(void *argument)
{
    struct peer *peer = argument;

    for (; peer->done < peer->count && peer->failure == NULL; peer->done++) {
        struct step *step = &peer->steps[peer->done];

        peer->failure = step->run(peer, buffer_span(&step->bytes));
    }
    close_client(peer);
    return NULL;
}

void peer_start(struct peer *peer)
{
    assert_int_equal(pthread_create(&peer->thread, NULL, follow, peer), 0);
}

void peer_end(struct peer *peer)
{
    const char *failure;
    size_t done;

    pthread_join(peer->thread, NULL);
    failure = peer->failure;
    done = peer->done;
    close(peer->listener);
    for (size_t i = 0; i < peer->count; i++)
        buffer_free(&peer->steps[i].bytes);
    free(peer);
    if (failure != NULL)
        fail_msg("step %zu of the script: %s", done, failure);
}
