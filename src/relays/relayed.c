#include "relays/relayed.h"

#include <errno.h>

#include "base/container.h"
#include "base/step.h"

enum {
    VIEWS = 16,
    INBOX_FILL = 1024,
    SEND_STEPS = 4, /* the frame for all clients of the relay is counted in its turn */
    ON_THEIR_WAY_MAX = 1 << 30, /* bytes to a client: windows count them in 32 bits */
};

static struct relayed *relayed_of(const struct stream *stream)
{
    return CONTAINER_OF(stream, struct relayed, stream);
}

static void note_taken(struct relayed *relayed, size_t len)
{
    uint32_t taken = window_take(&relayed->in, len, TRUNK_WINDOW);

    if (taken == 0)
        return;
    trunk_tell_taken(&relayed->shared->trunk, relayed->number, taken);
    relayed->shared->wake(relayed->shared);
}

static void end_reading(struct relayed *relayed, int status)
{
    relayed->reads = false;
    relayed->stream.events->ended(relayed->stream.owner, status);
}

/* Gives the owner bytes from the front of *bytes, which are the inbox's or have just come. */
static void give_some(struct relayed *relayed, struct span *bytes, struct outbox *inbox)
{
    struct stream *stream = &relayed->stream;
    struct room room = stream->events->room(stream->owner);
    size_t len = bytes->len < room.len ? bytes->len : room.len;

    if (len == 0) { /* the owner refuses the client */
        *bytes = span_of(NULL, 0);
        end_reading(relayed, UV_ENOBUFS);
        return;
    }
    span_copy(room.bytes, span_of(bytes->bytes, len));
    *bytes = span_from(*bytes, len);
    if (inbox != NULL)
        outbox_consume(inbox, len);
    note_taken(relayed, len);
    stream->events->received(stream->owner, span_of(room.bytes, len));
}

static void give_from_inbox(struct relayed *relayed)
{
    struct span bytes;

    outbox_peek(&relayed->inbox, &bytes, 1);
    give_some(relayed, &bytes, &relayed->inbox);
}

static bool has_more(const struct relayed *relayed)
{
    return relayed->inbox.bytes > 0 || relayed->end_status != 0;
}

static void line_up(struct relayed *relayed)
{
    if (!relayed->reads || !has_more(relayed) || list_is_linked(&relayed->link))
        return;
    list_append(&relayed->shared->readable, &relayed->link);
    relayed->shared->wake(relayed->shared);
}

/* Returns whether it has called the owner. */
static bool read_once(struct stream *stream)
{
    struct relayed *relayed = relayed_of(stream);

    if (relayed->inbox.bytes > 0)
        give_from_inbox(relayed);
    else if (relayed->end_status)
        end_reading(relayed, relayed->end_status);
    else
        return false;
    return true;
}

void relayed_read_some(struct relayed *relayed)
{
    list_remove(&relayed->link);
    if (relayed->reads)
        read_once(&relayed->stream);
    if (!relayed->is_closed)
        line_up(relayed);
}

static bool keep(struct relayed *relayed, struct span bytes)
{
    struct reserved reserved;

    if (relayed->inbox.bytes + bytes.len > TRUNK_WINDOW + ITEM_BYTES_MAX)
        return false;
    reserved = outbox_reserve(&relayed->inbox, bytes.len);
    if (reserved.error)
        relayed_end(relayed, UV_ENOMEM);
    else
        span_copy(reserved.bytes, bytes);
    return true;
}

/* Its owner looks at the first byte, and may leave the client to another: all stays in the
 * inbox until somebody reads it. */
static bool receive_first(struct relayed *relayed, struct span bytes)
{
    bool is_kept = keep(relayed, bytes);

    relayed->has_begun = true;
    line_up(relayed);
    return is_kept;
}

bool relayed_receive(struct relayed *relayed, struct span bytes)
{
    if (relayed->end_status) /* memory for what came before was refused */
        return true;
    if (!relayed->has_begun)
        return receive_first(relayed, bytes);
    while (bytes.len > 0 && relayed->reads && relayed->inbox.bytes == 0)
        give_some(relayed, &bytes, NULL);
    return relayed->is_closed || bytes.len == 0 || keep(relayed, bytes);
}

bool relayed_told(struct relayed *relayed, uint32_t taken)
{
    bool was_full = stream_is_full(&relayed->stream);

    if (!window_told(&relayed->out, taken))
        return false;
    if (was_full)
        relayed_go_on(relayed);
    return true;
}

void relayed_go_on(struct relayed *relayed)
{
    if (!relayed->is_closed && !stream_is_full(&relayed->stream))
        relayed->stream.events->written(relayed->stream.owner);
}

void relayed_end(struct relayed *relayed, int status)
{
    bool was_full = stream_is_full(&relayed->stream);

    if (relayed->is_lost || (relayed->end_status && status == UV_EOF))
        return;
    relayed->end_status = status;
    relayed->is_lost = status != UV_EOF;
    if (was_full)
        relayed_go_on(relayed);
    if (!relayed->is_closed)
        line_up(relayed);
}

void relayed_tell_closed(struct relayed *relayed)
{
    list_remove(&relayed->link);
    relayed->shared->streams--;
    relayed->stream.events->closed(relayed->stream.owner);
}

static int start_reading(struct stream *stream)
{
    struct relayed *relayed = relayed_of(stream);

    relayed->reads = true;
    line_up(relayed);
    return 0;
}

static void stop_reading(struct stream *stream)
{
    relayed_of(stream)->reads = false;
}

/* TCPSTORE_ENOMEM. */
static int add_bytes(struct relayed *relayed, struct span bytes)
{
    int code = 0;

    while (code == 0 && bytes.len > 0) {
        size_t len = bytes.len < ITEM_BYTES_MAX ? bytes.len : ITEM_BYTES_MAX;
        const struct item item = {relayed->number, ITEM_BYTES, span_of(bytes.bytes, len)};

        code = outgoing_add(&relayed->shared->trunk.outgoing, &item);
        bytes = span_from(bytes, len);
    }
    return code;
}

static int add_all(struct relayed *relayed, struct outbox *bytes)
{
    struct span views[VIEWS];
    int code = 0;

    while (code == 0 && bytes->bytes > 0) {
        size_t count = outbox_peek(bytes, views, VIEWS);
        size_t len = 0;

        for (size_t i = 0; code == 0 && i < count; i++) {
            code = add_bytes(relayed, views[i]);
            len += views[i].len;
        }
        outbox_consume(bytes, len);
    }
    return code;
}

static int send_bytes(struct stream *stream, struct outbox *bytes, long *steps)
{
    struct relayed *relayed = relayed_of(stream);
    int code = 0;

    if (!relayed->is_lost && bytes->bytes > 0) {
        if (relayed->out.sent + bytes->bytes > stream->limits->hard_cap)
            code = TCPSTORE_EOUTPUT;
        window_send(&relayed->out, bytes->bytes);
        *steps -= (long)(bytes->bytes / STEP_NEW_BYTES);
        if (code == 0)
            code = add_all(relayed, bytes);
        relayed->shared->wake(relayed->shared);
    }
    outbox_clear(bytes);
    return code;
}

/* What is sent is with the trunk, which loses nothing: there is no backlog. */
static int write_nothing(struct stream *stream, long *steps)
{
    (void)stream;
    (void)steps;
    return 0;
}

static bool has_none(const struct stream *stream)
{
    (void)stream;
    return false;
}

static bool is_full(const struct stream *stream)
{
    const struct relayed *relayed = relayed_of(stream);
    size_t most = stream->limits->high_water;

    if (most > ON_THEIR_WAY_MAX)
        most = ON_THEIR_WAY_MAX;
    return !relayed->is_lost &&
           (relayed->out.sent >= most || outgoing_is_full(&relayed->shared->trunk.outgoing));
}

static int peek(const struct stream *stream)
{
    const struct relayed *relayed = relayed_of(stream);
    struct span bytes;

    return outbox_peek(&relayed->inbox, &bytes, 1) == 0 ? -1 : bytes.bytes[0];
}

static int has_no_descriptor(const struct stream *stream)
{
    (void)stream;
    errno = EOPNOTSUPP;
    return -1;
}

static void shut_down(const struct stream *stream)
{
    (void)stream; /* ITEM_LEAVE follows when it is closed */
}

static void close_here(struct stream *stream)
{
    struct relayed *relayed = relayed_of(stream);

    relayed->reads = false;
    relayed->is_closed = true;
    if (list_is_linked(&relayed->link))
        list_remove(&relayed->link);
    trunk_add(&relayed->shared->trunk, relayed->number, ITEM_LEAVE, span_of(NULL, 0));
    relayed->shared->wake(relayed->shared);
    relayed->shared->left(relayed->shared, relayed->number);
    list_append(&relayed->shared->closing, &relayed->link);
}

static void discard(struct relayed *relayed)
{
    struct memory *memory = relayed->stream.memory;

    outbox_done(&relayed->inbox);
    remote_process_free(memory, relayed->stream.process);
    memory_free(memory, relayed, sizeof(*relayed));
}

static bool free_some(struct stream *stream, long *steps)
{
    struct relayed *relayed = relayed_of(stream);

    if (!outbox_drop(&relayed->inbox, steps))
        return false;
    discard(relayed);
    return true;
}

struct relayed *relayed_open(
    struct relayed_shared *shared, uint32_t number, struct memory *memory)
{
    static const struct stream_kind kind = {
        .send_steps = SEND_STEPS,
        .start_reading = start_reading,
        .stop_reading = stop_reading,
        .read = read_once,
        .send = send_bytes,
        .write = write_nothing,
        .peek = peek,
        .duplicate = has_no_descriptor,
        .can_write = has_none,
        .is_full = is_full,
        .has_backlog = has_none,
        .is_sending = has_none,
        .shut_down = shut_down,
        .close = close_here,
        .free = free_some,
    };
    struct relayed *relayed = memory_alloc(memory, sizeof(*relayed));

    if (relayed == NULL)
        return NULL;
    *relayed = (struct relayed){
        .stream = {.kind = &kind, .memory = memory}, .shared = shared, .number = number};
    outbox_init(&relayed->inbox, memory, INBOX_FILL, SIZE_MAX);
    shared->streams++;
    return relayed;
}

void relayed_discard(struct relayed *relayed)
{
    relayed->shared->streams--;
    discard(relayed);
}
