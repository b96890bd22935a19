#include "secure/handshakes.h"

#include <unistd.h>

#include "base/container.h"
#include "server/discard.h"

enum { HANDSHAKE_MS = 10000 };

struct handshake {
    struct list link;
    struct handshakes *handshakes;
    struct stream *stream;
    struct deadline deadline;
    union address peer;
};

/* The stream is the caller's. */
static struct stream *end_handshake(struct handshake *handshake)
{
    struct handshakes *handshakes = handshake->handshakes;
    struct stream *stream = handshake->stream;

    list_remove(&handshake->link);
    handshakes->count--;
    deadline_cancel(&handshake->deadline);
    memory_free(handshakes->secure->memory, handshake, sizeof(*handshake));
    return stream;
}

static void on_ready(void *context, struct stream *stream)
{
    const struct handshake *handshake = context;
    const struct handshakes *handshakes = handshake->handshakes;
    union address peer = handshake->peer;

    end_handshake(context);
    handshakes->events->ready(handshakes->context, stream, &peer);
}

static void fail(struct handshake *handshake, const struct tls_failure *failure)
{
    const struct handshakes *handshakes = handshake->handshakes;

    handshakes->events->failed(handshakes->context, &handshake->peer, failure);
    discard_stream(end_handshake(handshake));
}

static void on_failed(void *context, struct stream *stream, const struct tls_failure *failure)
{
    (void)stream;
    fail(context, failure);
}

static void on_expired(struct deadline *deadline)
{
    static const struct tls_failure failure = {
        .reason = "it has not finished the TLS handshake in time"};

    fail(CONTAINER_OF(deadline, struct handshake, deadline), &failure);
}

void handshakes_init(
    struct handshakes *handshakes, const struct secure *secure,
    const struct handshakes_events *events, void *context)
{
    *handshakes = (struct handshakes){.secure = secure, .events = events, .context = context};
    list_init(&handshakes->list);
    deadlines_init(&handshakes->deadlines, secure->loop, HANDSHAKE_MS, on_expired);
}

/* Returns why it cannot begin; NULL: it has. */
static const char *begin(struct handshakes *handshakes, int fd, const union address *peer)
{
    static const struct secure_events events = {on_ready, on_failed};
    struct memory *memory = handshakes->secure->memory;
    struct handshake *handshake;

    if (handshakes->count == HANDSHAKES_MAX)
        return "too many others are in their TLS handshake";
    handshake = memory_alloc(memory, sizeof(*handshake));
    if (handshake == NULL)
        return "no memory for its TLS handshake";
    *handshake = (struct handshake){.handshakes = handshakes, .peer = *peer};
    if (secure_stream_accept(handshakes->secure, fd, &events, handshake, &handshake->stream)) {
        memory_free(memory, handshake, sizeof(*handshake));
        return "no memory for its TLS handshake";
    }
    list_append(&handshakes->list, &handshake->link);
    handshakes->count++;
    deadlines_start(&handshakes->deadlines, &handshake->deadline);
    return NULL;
}

void handshakes_begin(struct handshakes *handshakes, int fd, const union address *peer)
{
    struct tls_failure failure = {.reason = begin(handshakes, fd, peer)};

    if (failure.reason == NULL)
        return;
    close(fd);
    handshakes->events->failed(handshakes->context, peer, &failure);
}

void handshakes_close(struct handshakes *handshakes)
{
    while (!list_is_empty(&handshakes->list))
        discard_stream(
            end_handshake(CONTAINER_OF(handshakes->list.next, struct handshake, link)));
    deadlines_close(&handshakes->deadlines);
}
