/* Both ends of a TLS connection in one program, which carries the bytes between them in pieces.
 */
#include "tls/session.h"

#include <stdlib.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include "support/allocator.h"
#include "support/test.h"

enum { PIECE_MAX = 32 << 10, MESSAGE = 100000 };

static const char one[] =
    "one 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n";
static const char same_name[] =
    "one 100102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n";
static const char other_name[] =
    "two 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n";

struct ends {
    struct allocator allocator;
    struct memory memory;
    struct tls_context *contexts[2];
    struct tls_session sessions[2]; /* the one that accepts, and the one that connects */
    size_t piece;                   /* bytes that are carried at a time */
    size_t carried;                 /* altogether */
    size_t change;                  /* the number of the byte that is changed; 0: none */
    uint8_t received[2][MESSAGE];
    size_t received_len[2];
    enum tls_result result; /* of the last call */
};

static struct tls_context *context_with(const char *secret)
{
    char path[] = "/tmp/tcpstore-secret-XXXXXX";
    int fd = mkstemp(path);
    const struct tls_files files = {.secrets = path};
    struct tls_context *context;
    struct tcpstore_error error;

    assert_true(fd >= 0);
    assert_int_equal(write(fd, secret, strlen(secret)), strlen(secret));
    close(fd);
    if (tls_context_new(&files, &error, &context))
        fail_msg("%s", error.text);
    unlink(path);
    return context;
}

static void init_ends(struct ends *ends, const char *accepting, const char *connecting)
{
    memset(ends, 0, sizeof(*ends));
    allocator_init(&ends->allocator, &ends->memory);
    ends->contexts[0] = context_with(accepting);
    ends->contexts[1] = context_with(connecting);
    ends->piece = PIECE_MAX;
}

static void open_ends(struct ends *ends)
{
    assert_int_equal(
        tls_session_accept(&ends->sessions[0], ends->contexts[0], &ends->memory), 0);
    assert_int_equal(
        tls_session_connect(
            &ends->sessions[1], ends->contexts[1], &ends->memory, "head", TLS_TRUNK),
        0);
}

static void close_ends(struct ends *ends)
{
    for (int i = 0; i < 2; i++)
        tls_session_done(&ends->sessions[i]);
    allocator_check_empty(&ends->allocator, &ends->memory);
}

static void release_contexts(struct ends *ends)
{
    for (int i = 0; i < 2; i++)
        tls_context_release(ends->contexts[i]);
}

/* Brings a piece of what an end has sent to the other one. Returns whether there was any. */
static bool carry(struct ends *ends, int from, uint8_t piece[PIECE_MAX])
{
    struct outbox *out = &ends->sessions[from].pipe.out;
    struct span bytes;
    size_t len;

    if (outbox_peek(out, &bytes, 1) == 0)
        return false;
    len = bytes.len < ends->piece ? bytes.len : ends->piece;
    memcpy(piece, bytes.bytes, len);
    if (ends->change > ends->carried && ends->change <= ends->carried + len)
        piece[ends->change - ends->carried - 1] ^= 1;
    ends->carried += len;
    outbox_consume(out, len);
    ends->sessions[1 - from].pipe.fresh = span_of(piece, len);
    return true;
}

static bool has_failed(const struct ends *ends)
{
    return ends->sessions[0].has_failed || ends->sessions[1].has_failed;
}

static bool has_more(const struct ends *ends)
{
    return ends->sessions[0].pipe.out.bytes > 0 || ends->sessions[1].pipe.out.bytes > 0;
}

/* Until both have greeted each other. Returns whether they have. */
static bool greet(struct ends *ends)
{
    bool is_done[2] = {false, false};
    uint8_t piece[PIECE_MAX];

    do {
        for (int to = 0; to < 2; to++) {
            carry(ends, 1 - to, piece);
            if (!is_done[to]) {
                ends->result = tls_session_greet(&ends->sessions[to]);
                is_done[to] = ends->result == TLS_DONE;
            }
            if (tls_pipe_keep(&ends->sessions[to].pipe))
                return false;
        }
    } while (has_more(ends) && !has_failed(ends));
    return is_done[0] && is_done[1] && !has_failed(ends);
}

/* Reads all that there is. */
static void read_all(struct ends *ends, int to)
{
    struct room room;
    size_t len;

    do {
        room = (struct room){
            ends->received[to] + ends->received_len[to], MESSAGE - ends->received_len[to]};
        ends->result = tls_session_read(&ends->sessions[to], room, &len);
        if (ends->result == TLS_DONE)
            ends->received_len[to] += len;
    } while (ends->result == TLS_DONE && ends->received_len[to] < MESSAGE);
}

static void exchange(struct ends *ends)
{
    uint8_t piece[PIECE_MAX];

    for (int from = 0; from < 2; from++)
        while (!has_failed(ends) && carry(ends, from, piece)) {
            read_all(ends, 1 - from);
            if (tls_pipe_keep(&ends->sessions[1 - from].pipe))
                return;
        }
}

static void fill(uint8_t message[MESSAGE])
{
    for (size_t i = 0; i < MESSAGE; i++)
        message[i] = (uint8_t)(i * 2654435761U >> 13);
}

static void test_messages_come_whole_in_pieces_of_any_size(void **state)
{
    static const size_t pieces[] = {1, 2, 5, 1000, PIECE_MAX};
    static struct ends ends;
    static uint8_t message[MESSAGE];

    (void)state;
    fill(message);
    init_ends(&ends, one, one);
    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        ends.piece = pieces[i];
        ends.received_len[0] = ends.received_len[1] = 0;
        open_ends(&ends);
        assert_true(greet(&ends));
        assert_string_equal(ends.sessions[0].peer.name, "one");
        assert_string_equal(ends.sessions[1].peer.name, "one");
        assert_int_equal(tls_protocol_of(ends.sessions[0].ssl), TLS_TRUNK);
        for (int end = 0; end < 2; end++)
            assert_true(tls_session_write(&ends.sessions[end], span_of(message, MESSAGE)));
        exchange(&ends);
        for (int end = 0; end < 2; end++)
            assert_spans_equal(
                span_of(ends.received[end], ends.received_len[end]), span_of(message, MESSAGE));
        close_ends(&ends);
    }
    release_contexts(&ends);
}

static void test_the_end_is_told(void **state)
{
    static struct ends ends;

    (void)state;
    init_ends(&ends, one, one);
    open_ends(&ends);
    assert_true(greet(&ends));
    assert_true(tls_session_write(&ends.sessions[1], text("last words")));
    tls_session_end(&ends.sessions[1]);
    exchange(&ends);
    assert_int_equal(ends.result, TLS_ENDED);
    assert_spans_equal(span_of(ends.received[0], ends.received_len[0]), text("last words"));
    close_ends(&ends);
    release_contexts(&ends);
}

static void change_keys(struct ends *ends, int times)
{
    for (int i = 0; i < times; i++) {
        SSL_key_update(ends->sessions[1].ssl, SSL_KEY_UPDATE_NOT_REQUESTED);
        assert_int_equal(SSL_do_handshake(ends->sessions[1].ssl), 1);
    }
    exchange(ends);
}

static void test_keys_change_but_not_without_end(void **state)
{
    static struct ends ends;

    (void)state;
    init_ends(&ends, one, one);
    open_ends(&ends);
    assert_true(greet(&ends));
    change_keys(&ends, 900);
    assert_true(tls_session_write(&ends.sessions[1], text("message")));
    exchange(&ends);
    assert_spans_equal(span_of(ends.received[0], ends.received_len[0]), text("message"));
    change_keys(&ends, 200);
    assert_true(ends.sessions[0].has_failed);
    assert_string_equal(ends.sessions[0].peer.failure.reason, "it changes its keys too often");
    close_ends(&ends);
    release_contexts(&ends);
}

static void refuse(const char *accepting, const char *connecting, const char *reason)
{
    static struct ends ends;

    init_ends(&ends, accepting, connecting);
    open_ends(&ends);
    assert_false(greet(&ends));
    assert_true(ends.sessions[0].has_failed);
    assert_string_equal(ends.sessions[0].peer.failure.reason, reason);
    close_ends(&ends);
    release_contexts(&ends);
}

static void test_other_secrets_are_refused(void **state)
{
    (void)state;
    refuse(one, same_name, "its secret is not the one of that name here");
    refuse(one, other_name, "it shows a secret of a name that --secret-file does not have");
}

/* Whichever byte of the handshake, or of the first message, is changed on the way. Some, such
 * as the versions of the first records, mean nothing; with another length, an end waits for
 * more. */
static void test_a_changed_byte_changes_no_message(void **state)
{
    static struct ends ends;
    size_t total;

    (void)state;
    init_ends(&ends, one, one);
    open_ends(&ends);
    assert_true(greet(&ends));
    total = ends.carried;
    close_ends(&ends);
    for (size_t change = 1; change <= total + 30; change++) {
        ends.change = change;
        ends.carried = ends.received_len[0] = 0;
        open_ends(&ends);
        if (greet(&ends) && tls_session_write(&ends.sessions[1], text("message")))
            exchange(&ends);
        if (ends.received_len[0] > 0)
            assert_spans_equal(
                span_of(ends.received[0], ends.received_len[0]), text("message"));
        close_ends(&ends);
    }
    release_contexts(&ends);
}

/* Returns whether nothing was refused. */
static bool talk(struct ends *ends)
{
    if (tls_session_accept(&ends->sessions[0], ends->contexts[0], &ends->memory))
        return false;
    if (tls_session_connect(
            &ends->sessions[1], ends->contexts[1], &ends->memory, "head", TLS_STORE)) {
        tls_session_done(&ends->sessions[0]);
        return false;
    }
    if (greet(ends) && tls_session_write(&ends->sessions[1], text("message")))
        exchange(ends);
    close_ends(ends);
    return !allocator_has_refused(&ends->allocator);
}

static void test_refused_memory_leaves_nothing_behind(void **state)
{
    static struct ends ends;
    size_t nth = 0;

    (void)state;
    init_ends(&ends, one, one);
    do {
        ends.received_len[0] = 0;
        allocator_refuse(&ends.allocator, ++nth);
    } while (!talk(&ends));
    assert_true(nth > 3);
    assert_spans_equal(span_of(ends.received[0], ends.received_len[0]), text("message"));
    release_contexts(&ends);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_messages_come_whole_in_pieces_of_any_size),
        cmocka_unit_test(test_the_end_is_told),
        cmocka_unit_test(test_keys_change_but_not_without_end),
        cmocka_unit_test(test_other_secrets_are_refused),
        cmocka_unit_test(test_a_changed_byte_changes_no_message),
        cmocka_unit_test(test_refused_memory_leaves_nothing_behind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
