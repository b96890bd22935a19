/*
 * Happy path: read into the server's buffer, let the engine execute what is whole in it,
 * write the replies at once, keep what is left of an unfinished request.
 *
 * Ways to fail: the client goes; breaks the protocol; meets a limit; does not read. Each
 * closes this connection, with a line in the log, and no other.
 *
 * A connection is reading; or paused, while too many of its replies wait to be written; or
 * waiting for its next turn, after one with many replies; or closing. Nothing else.
 */
#include "server/conn.h"

#include <stdio.h>
#include <unistd.h>

#include "base/container.h"
#include "server/client_log.h"
#include "server/descriptors.h"
#include "server/refusal.h"

enum {
    KEEP_ALIVE_SECONDS = 60, /* idle time after which a peer is asked whether it is there */
    VIEWS_PER_WRITE = 64,
    BACKLOG_FILL = 4096,
    LAST_TURN_MS = 1,   /* libuv runs a timer of 0 ms before it reads */
    READ_MAX = 1 << 30, /* bytes of one read: libuv counts them in an unsigned int */
};

/* Replies that the socket did not take at once. */
struct backlog {
    uv_write_t write;
    size_t in_flight; /* bytes at the front of `replies` that libuv is writing; 0: none */
    struct outbox replies;
};

struct conn {
    uv_tcp_t tcp;
    struct tcpstore_server *server;
    struct list link;          /* in server->conns */
    struct list stranger_link; /* in server->strangers, until validated */
    struct list turn_link;     /* in server->turns, while it waits for its next one */
    struct session session;
    struct backlog *backlog;  /* NULL: everything is written */
    uint64_t validate_before; /* loop time, ms */
    union address peer;
    struct memory *memory; /* the server's, with its reserve or without */
    bool is_guest;         /* beyond the limit of clients */
    bool ended;            /* the client sends no more; closes when all is written */
};

static bool is_closing(const struct conn *conn)
{
    return uv_is_closing((const uv_handle_t *)&conn->tcp);
}

static bool is_paused(const struct conn *conn)
{
    return conn->backlog != NULL &&
           conn->backlog->replies.bytes >= conn->server->limits.output_high_water;
}

static bool waits_for_turn(const struct conn *conn)
{
    return list_is_linked(&conn->turn_link);
}

static bool can_handle(const struct conn *conn)
{
    return !is_closing(conn) && !is_paused(conn) && !waits_for_turn(conn);
}

static void free_backlog(struct conn *conn)
{
    outbox_done(&conn->backlog->replies);
    memory_free(conn->memory, conn->backlog, sizeof(*conn->backlog));
    conn->backlog = NULL;
}

static void on_closed(uv_handle_t *handle)
{
    struct conn *conn = handle->data;
    struct tcpstore_server *server = conn->server;

    if (conn->backlog != NULL)
        free_backlog(conn);
    server->conn_count--;
    server->guest_count -= conn->is_guest;
    memory_free(conn->memory, conn, sizeof(*conn));
    if (server->conn_count == 0)
        server_give_back_memory();
    acceptor_resume(&server->acceptor);
}

static void close_conn(struct conn *conn)
{
    engine_leave(&conn->server->engine, &conn->session);
    list_remove(&conn->link);
    if (list_is_linked(&conn->stranger_link))
        list_remove(&conn->stranger_link);
    if (waits_for_turn(conn))
        list_remove(&conn->turn_link);
    uv_close((uv_handle_t *)&conn->tcp, on_closed);
}

/* `words` say why; `reason` is the same for all lines of that kind. */
static void log_and_close(
    struct conn *conn, enum tcpstore_log_level level, const char *reason, const char *words)
{
    if (is_closing(conn))
        return;
    client_log_write(
        &conn->server->client_log, level, "client-closed", reason, &conn->peer, "%s", words);
    close_conn(conn);
}

static void close_refused(struct conn *conn, const struct refusal *refusal)
{
    char words[REFUSAL_MAX];

    log_and_close(
        conn, TCPSTORE_LOG_WARN, tcpstore_strerror(refusal->code),
        refusal_format(refusal, &conn->server->memory, words));
}

/* `code` is one of ours, of no request in particular. */
static void close_failed(struct conn *conn, const char *operation, int code)
{
    struct refusal refusal = {.code = code, .operation = operation};

    if (code == TCPSTORE_EOUTPUT)
        refusal.limit = conn->server->limits.output_hard_cap;
    close_refused(conn, &refusal);
}

/* The client left, as at the end of a job; the network did not fail. */
static bool is_departure(int status)
{
    return status == UV_ECONNRESET || status == UV_EPIPE || status == UV_ECONNABORTED;
}

static void close_broken(struct conn *conn, int status)
{
    char words[REASON_MAX];

    snprintf(words, sizeof(words), "reason=\"%s\"", uv_strerror(status));
    log_and_close(
        conn, is_departure(status) ? TCPSTORE_LOG_DEBUG : TCPSTORE_LOG_INFO,
        uv_strerror(status), words);
}

static void close_ended(struct conn *conn)
{
    log_and_close(conn, TCPSTORE_LOG_DEBUG, NULL, "reason=\"closed by the client\"");
}

static size_t to_bufs(const struct span *views, size_t count, uv_buf_t *bufs)
{
    size_t bytes = 0;

    for (size_t i = 0; i < count; i++) {
        /* libuv's type is for reading, too: nothing is written there. */
        bufs[i] = (uv_buf_t){.base = (char *)(uintptr_t)views[i].bytes, .len = views[i].len};
        bytes += views[i].len;
    }
    return bytes;
}

/* Offers the socket what is in `replies`; what it takes is consumed. 0, also if it took
 * nothing, or libuv's error. */
static int write_now(struct conn *conn, struct outbox *replies)
{
    struct span views[VIEWS_PER_WRITE];
    uv_buf_t bufs[VIEWS_PER_WRITE];

    while (replies->bytes > 0) {
        size_t count = outbox_peek(replies, views, VIEWS_PER_WRITE);
        size_t offered = to_bufs(views, count, bufs);
        int written = uv_try_write((uv_stream_t *)&conn->tcp, bufs, (unsigned)count);

        if (written == UV_EAGAIN)
            return 0;
        if (written < 0)
            return written;
        outbox_consume(replies, (size_t)written);
        if ((size_t)written < offered)
            return 0;
    }
    return 0;
}

static void on_written(uv_write_t *write, int status);

static void write_backlog(struct conn *conn)
{
    struct backlog *backlog = conn->backlog;
    struct span views[VIEWS_PER_WRITE];
    uv_buf_t bufs[VIEWS_PER_WRITE];
    size_t count = outbox_peek(&backlog->replies, views, VIEWS_PER_WRITE);
    int status;

    backlog->in_flight = to_bufs(views, count, bufs);
    backlog->write.data = conn;
    status =
        uv_write(&backlog->write, (uv_stream_t *)&conn->tcp, bufs, (unsigned)count, on_written);
    if (status)
        close_broken(conn, status);
}

/* TCPSTORE_ENOMEM. */
static int ensure_backlog(struct conn *conn)
{
    struct tcpstore_server *server = conn->server;
    struct backlog *backlog = conn->backlog;

    if (backlog != NULL)
        return 0;
    backlog = memory_alloc(conn->memory, sizeof(*backlog));
    if (backlog == NULL)
        return TCPSTORE_ENOMEM;
    backlog->in_flight = 0;
    outbox_init(&backlog->replies, conn->memory, BACKLOG_FILL, server->limits.output_hard_cap);
    conn->backlog = backlog;
    return 0;
}

/* Sends the server's `replies` to this client and leaves them empty; whatever is wrong closes
 * the connection. */
static void send_replies(struct conn *conn)
{
    struct outbox *replies = &conn->server->replies;
    int status = conn->backlog == NULL ? write_now(conn, replies) : 0;
    int code = 0;

    if (status == 0 && replies->bytes > 0) {
        code = ensure_backlog(conn);
        if (code == 0)
            code = outbox_move(&conn->backlog->replies, replies);
        if (code == 0 && conn->backlog->in_flight == 0)
            write_backlog(conn);
    }
    outbox_clear(replies);
    if (status)
        close_broken(conn, status);
    if (code)
        close_failed(conn, "replies", code);
    if (is_paused(conn) && !is_closing(conn))
        uv_read_stop((uv_stream_t *)&conn->tcp);
}

/* Those that somebody else's request has released. */
static void tell_released(struct tcpstore_server *server, struct effects *effects)
{
    struct session *session;

    while ((session = engine_take_released(effects)) != NULL) {
        struct conn *conn = CONTAINER_OF(session, struct conn, session);
        int code = engine_reply_released(&server->replies);

        if (code)
            close_failed(conn, "release", code);
        else
            send_replies(conn);
    }
}

static void on_turns(uv_idle_t *idle);

/* The others come first: who reads as fast as it is answered could keep them waiting for as
 * long as it likes. */
static void wait_for_turn(struct conn *conn)
{
    struct tcpstore_server *server = conn->server;

    uv_read_stop((uv_stream_t *)&conn->tcp);
    list_append(&server->turns, &conn->turn_link);
    uv_idle_start(&server->turn_idle, on_turns);
}

/* What the session's requests have brought about. The connection may be closing then. */
static void apply(struct conn *conn, enum stop stop, struct effects *effects)
{
    send_replies(conn);
    tell_released(conn->server, effects);
    if (stop == STOP_REFUSED)
        close_refused(conn, &effects->refusal);
    if (stop == STOP_TURN_OVER && can_handle(conn))
        wait_for_turn(conn);
    if (conn->session.validated && list_is_linked(&conn->stranger_link))
        list_remove(&conn->stranger_link);
}

static void begin_effects(struct conn *conn, struct effects *ret_effects)
{
    struct tcpstore_server *server = conn->server;

    server->replies.memory = conn->memory;
    effects_init(ret_effects, &server->replies);
    ret_effects->now = uv_now(&server->loop);
}

static void on_alloc(uv_handle_t *handle, size_t suggested_size, uv_buf_t *ret_buf)
{
    struct conn *conn = handle->data;
    struct tcpstore_server *server = conn->server;
    struct room room = session_room(&server->engine, &conn->session);

    (void)suggested_size;
    if (room.bytes == NULL)
        room = (struct room){server->read_buffer, READ_BUFFER_SIZE};
    if (room.len > READ_MAX)
        room.len = READ_MAX;
    *ret_buf = uv_buf_init((char *)room.bytes, (unsigned)room.len);
}

static void on_read_end(struct conn *conn, int status)
{
    if (status != UV_EOF)
        close_broken(conn, status);
    else if (conn->backlog != NULL)
        conn->ended = true;
    else
        close_ended(conn);
}

static void on_read(uv_stream_t *stream, ssize_t len, const uv_buf_t *buf)
{
    struct conn *conn = stream->data;
    struct tcpstore_server *server = conn->server;
    struct effects effects;
    enum stop stop;

    if (len < 0) {
        uv_read_stop(stream);
        on_read_end(conn, (int)len);
        return;
    }
    begin_effects(conn, &effects);
    if (buf->base == (char *)server->read_buffer)
        stop = session_feed(
            &server->engine, &conn->session, span_of(buf->base, (size_t)len), &effects);
    else
        stop = session_received(&server->engine, &conn->session, (size_t)len, &effects);
    apply(conn, stop, &effects);
}

static void start_reading(struct conn *conn)
{
    int status = uv_read_start((uv_stream_t *)&conn->tcp, on_alloc, on_read);

    if (status)
        close_broken(conn, status);
}

/* Goes on where is_paused or waits_for_turn has stopped it. */
static void resume(struct conn *conn)
{
    struct effects effects;

    if (conn->session.stop == STOP_TURN_OVER) {
        begin_effects(conn, &effects);
        apply(
            conn, session_continue(&conn->server->engine, &conn->session, &effects), &effects);
    }
    if (can_handle(conn) && !conn->ended)
        start_reading(conn);
}

/* One turn for each that waits for it now. */
static void on_turns(uv_idle_t *idle)
{
    struct tcpstore_server *server = idle->data;
    struct list now;

    list_init(&now);
    while (!list_is_empty(&server->turns)) {
        struct list *first = server->turns.next;

        list_remove(first);
        list_append(&now, first);
    }
    while (!list_is_empty(&now)) {
        struct conn *conn = CONTAINER_OF(now.next, struct conn, turn_link);

        list_remove(&conn->turn_link);
        if (can_handle(conn))
            resume(conn);
    }
    if (list_is_empty(&server->turns))
        uv_idle_stop(idle);
}

static void on_written(uv_write_t *write, int status)
{
    struct conn *conn = write->data;
    struct backlog *backlog = conn->backlog;
    bool was_paused = is_paused(conn);

    if (is_closing(conn))
        return;
    if (status) {
        close_broken(conn, status);
        return;
    }
    outbox_consume(&backlog->replies, backlog->in_flight);
    backlog->in_flight = 0;
    if (backlog->replies.bytes > 0)
        write_backlog(conn);
    else
        free_backlog(conn);
    if (was_paused && can_handle(conn))
        resume(conn);
    if (conn->ended && conn->backlog == NULL && !is_closing(conn))
        close_ended(conn);
}

/* Reads once more before it times a client out: data may be pending after a SIGSTOP. */
static void on_validate_timer(uv_timer_t *timer)
{
    struct tcpstore_server *server = timer->data;
    uint64_t now = uv_now(&server->loop);

    while (!list_is_empty(&server->strangers)) {
        struct conn *conn = CONTAINER_OF(server->strangers.next, struct conn, stranger_link);

        if (conn->validate_before > now) {
            uv_timer_start(timer, on_validate_timer, conn->validate_before - now, 0);
            return;
        }
        if (conn->validate_before > server->grace_given_at) {
            server->grace_given_at = now;
            uv_timer_start(timer, on_validate_timer, LAST_TURN_MS, 0);
            return;
        }
        close_failed(conn, "VALIDATE", TCPSTORE_ETIMEDOUT);
    }
}

static void expect_validate(struct conn *conn)
{
    struct tcpstore_server *server = conn->server;

    conn->validate_before = uv_now(&server->loop) + server->limits.validate_ms;
    list_append(&server->strangers, &conn->stranger_link);
    if (!uv_is_active((uv_handle_t *)&server->validate_timer))
        uv_timer_start(
            &server->validate_timer, on_validate_timer, server->limits.validate_ms, 0);
}

static void refuse_out_of_memory(
    struct tcpstore_server *server, int fd, const union address *peer,
    const struct memory *memory)
{
    const struct refusal refusal = {.code = TCPSTORE_ENOMEM, .operation = "connect"};
    char words[REFUSAL_MAX];

    close(fd);
    client_log_write(
        &server->client_log, TCPSTORE_LOG_WARN, "client-refused",
        tcpstore_strerror(refusal.code), peer, "%s", refusal_format(&refusal, memory, words));
}

/* NULL: memory is refused. */
static struct conn *allocate(struct tcpstore_server *server, int fd, struct memory *memory)
{
    struct conn *conn = memory_alloc(memory, sizeof(*conn));

    if (conn == NULL || descriptors_can_watch(&server->loop, fd, memory))
        return conn;
    memory_free(memory, conn, sizeof(*conn));
    return NULL;
}

/* On failure the loop closes what it has been given; on_closed frees the rest. */
void conn_open(
    struct tcpstore_server *server, int fd, const union address *peer, enum client_kind kind)
{
    struct memory *memory = kind == CLIENT_REMOTE ? &server->memory : &server->local_memory;
    struct conn *conn = allocate(server, fd, memory);
    int status;

    if (conn == NULL) {
        refuse_out_of_memory(server, fd, peer, memory);
        return;
    }
    *conn = (struct conn){
        .server = server, .peer = *peer, .memory = memory, .is_guest = kind == CLIENT_GUEST};
    engine_enter(&conn->session, memory);
    uv_tcp_init(&server->loop, &conn->tcp);
    conn->tcp.data = conn;
    server->conn_count++;
    server->guest_count += conn->is_guest;
    list_append(&server->conns, &conn->link);
    expect_validate(conn);
    client_log_write(
        &server->client_log, TCPSTORE_LOG_DEBUG, "client-accepted", NULL, peer, "clients=%zu",
        server->conn_count);

    status = uv_tcp_open(&conn->tcp, fd);
    if (status) {
        close(fd);
        close_broken(conn, status);
        return;
    }
    uv_tcp_nodelay(&conn->tcp, 1);
    uv_tcp_keepalive(&conn->tcp, 1, KEEP_ALIVE_SECONDS);
    start_reading(conn);
}

void conns_close(struct tcpstore_server *server)
{
    while (!list_is_empty(&server->conns))
        close_conn(CONTAINER_OF(server->conns.next, struct conn, link));
}
