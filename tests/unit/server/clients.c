/* Clients over loopback, on an engine, while the test runs the loop one iteration at a time. */
#include "server/clients.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/dispatch.h"
#include "support/allocator.h"
#include "support/receive.h"
#include "support/requests.h"
#include "support/test.h"

enum {
    PEERS = 2,
    LARGE = 4 << 20, /* bytes of a value that no socket here takes at once */
    ITERATIONS = 20, /* enough for the loop to serve what has been sent */
    BUFFER_BYTES = 4096,
};

struct fixture {
    uv_loop_t loop;
    struct allocator allocator;
    struct memories memories;
    struct engine engine;
    struct client_log log;
    struct clients clients;
    size_t left;
    size_t count_when_left;
    int peers[PEERS]; /* -1: closed */
    struct buffer requests;
};

static void on_left(void *context)
{
    struct fixture *f = context;

    f->left++;
    f->count_when_left = f->clients.count;
}

static struct tcpstore_limits limits(void)
{
    struct tcpstore_server_options options;

    tcpstore_server_options_init(&options);
    return options.limits;
}

static int init_engine(struct fixture *f)
{
    const struct hash_key hash_key = {{1, 2, 3}};
    const struct engine_limits engine_limits = {
        .wire = {.key_bytes = 100, .value_bytes = LARGE, .keys_per_request = 100},
        .queue_entries = 100,
        .appended_bytes = LARGE,
        .reply_bytes = SIZE_MAX / 2,
        .room_bytes = READ_BUFFER_SIZE,
    };

    return engine_init(
        &f->engine, &f->memories.stored, &f->memories.serving, &hash_key, &engine_limits);
}

static int set_up(void **state)
{
    const struct log log = {.write = NULL};
    struct fixture *f = calloc(1, sizeof(*f));

    if (f == NULL || uv_loop_init(&f->loop))
        return -1;
    *state = f;
    allocator_init(&f->allocator, &f->memories.stored);
    memory_share(&f->memories.serving, &f->memories.stored, SIZE_MAX / 2);
    memory_share(&f->memories.local, &f->memories.stored, SIZE_MAX / 2);
    client_log_init(&f->log, &f->loop, &log);
    if (clients_init(
            &f->clients, &(struct clients_config){
                             .loop = &f->loop,
                             .log = &f->log,
                             .engine = &f->engine,
                             .memories = &f->memories,
                             .limits = limits(),
                             .left = on_left,
                             .context = f,
                         }))
        return -1;
    f->clients.stream_limits = (struct stream_limits){SIZE_MAX / 4, SIZE_MAX / 2};
    for (size_t i = 0; i < PEERS; i++)
        f->peers[i] = -1;
    return init_engine(f);
}

static void close_peer(struct fixture *f, size_t peer)
{
    if (f->peers[peer] >= 0)
        close(f->peers[peer]);
    f->peers[peer] = -1;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    clients_close(&f->clients);
    client_log_close(&f->log);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    assert_int_equal(f->clients.count, 0);
    clients_done(&f->clients);
    engine_done(&f->engine);
    allocator_check_empty(&f->allocator, &f->memories.stored);
    assert_int_equal(uv_loop_close(&f->loop), 0);
    for (size_t i = 0; i < PEERS; i++)
        close_peer(f, i);
    buffer_free(&f->requests);
    free(f);
    return 0;
}

static void iterate(struct fixture *f)
{
    uv_run(&f->loop, UV_RUN_NOWAIT);
}

static void serve(struct fixture *f)
{
    for (int i = 0; i < ITERATIONS; i++)
        iterate(f);
}

static void set_buffer(int fd, int option)
{
    const int size = BUFFER_BYTES;

    assert_int_equal(setsockopt(fd, SOL_SOCKET, option, &size, sizeof(size)), 0);
}

static int listen_on_loopback(struct sockaddr_in *ret_address)
{
    socklen_t len = sizeof(*ret_address);
    int listener = socket(AF_INET, SOCK_STREAM, 0);

    *ret_address = (struct sockaddr_in){.sin_family = AF_INET};
    ret_address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_true(listener >= 0);
    assert_int_equal(bind(listener, (struct sockaddr *)ret_address, len), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)ret_address, &len), 0);
    return listener;
}

static void send_requests(struct fixture *f, size_t peer)
{
    struct buffer *requests = &f->requests;

    assert_int_equal(
        send(f->peers[peer], requests->bytes, requests->len, 0), (ssize_t)requests->len);
    buffer_clear(requests);
}

static int connect_to(const struct sockaddr_in *address)
{
    const struct timeval patience = {.tv_sec = 20};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), 0);
    set_buffer(fd, SO_RCVBUF);
    assert_int_equal(connect(fd, (const struct sockaddr *)address, sizeof(*address)), 0);
    return fd;
}

/* Both ends have small buffers, so that the rest of a large reply is in the backlog. */
static void admit_from(struct fixture *f, size_t peer, bool local)
{
    union address address = {0};
    int listener = listen_on_loopback(&address.v4);
    int fd;

    f->peers[peer] = connect_to(&address.v4);
    fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
    assert_true(fd >= 0);
    set_buffer(fd, SO_SNDBUF);
    close(listener);
    clients_admit(&f->clients, fd, &address, local);
    add_word(&f->requests, OP_VALIDATE, MAGIC);
    send_requests(f, peer);
    serve(f);
}

static void admit(struct fixture *f, size_t peer)
{
    admit_from(f, peer, false);
}

static void store_large_value(struct fixture *f)
{
    static const uint8_t value[LARGE];
    const struct slice slice = slice_borrowed(span_of(value, sizeof(value)));
    struct released released;
    long steps = 0;

    released_init(&released, &steps);
    assert_int_equal(
        store_set(
            &f->engine.store, store_name(&f->engine.store, text("large")), &slice, &released),
        0);
}

static void request_large_value(struct fixture *f, size_t peer, int times)
{
    while (times-- > 0)
        add_keyed(&f->requests, OP_GET, "large");
    send_requests(f, peer);
}

static void set_key(struct fixture *f, size_t peer, const char *key)
{
    add_valued(&f->requests, OP_SET, key, text(""));
    send_requests(f, peer);
    serve(f);
}

static bool has(const struct fixture *f, const char *key)
{
    return store_has(&f->engine.store, store_name(&f->engine.store, text(key)));
}

/* Serves meanwhile. */
static void read_at_peer(struct fixture *f, size_t peer, size_t len)
{
    static uint8_t bytes[BUFFER_BYTES];

    while (len > 0) {
        size_t piece = len < sizeof(bytes) ? len : sizeof(bytes);

        iterate(f);
        assert_true(receive_all(f->peers[peer], bytes, piece));
        len -= piece;
    }
    serve(f);
}

static void reset_peer(struct fixture *f, size_t peer)
{
    const struct linger reset = {.l_onoff = 1, .l_linger = 0};

    assert_int_equal(
        setsockopt(f->peers[peer], SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)), 0);
    close_peer(f, peer);
}

static void a_client_that_has_left_is_reported_and_no_longer_counted(void **state)
{
    struct fixture *f = *state;

    admit(f, 0);
    admit(f, 1);
    close_peer(f, 0);
    serve(f);
    assert_int_equal(f->left, 1);
    assert_int_equal(f->count_when_left, 1);
}

static void a_guest_that_has_left_makes_room_for_another(void **state)
{
    struct fixture *f = *state;

    f->clients.config.limits.clients = 1;
    admit(f, 0);
    for (int i = 0; i <= TCPSTORE_GUESTS; i++) {
        admit_from(f, 1, true);
        assert_int_equal(f->clients.count, 2);
        assert_int_equal(f->clients.guest_count, 1);
        close_peer(f, 1);
        serve(f);
        assert_int_equal(f->clients.guest_count, 0);
    }
}

static void requests_of_a_client_that_is_full_wait_until_it_reads(void **state)
{
    struct fixture *f = *state;

    f->clients.stream_limits.high_water = 1;
    store_large_value(f);
    admit(f, 0);
    request_large_value(f, 0, 1);
    serve(f);
    set_key(f, 0, "after");
    assert_false(has(f, "after"));
    read_at_peer(f, 0, 8 + (size_t)LARGE);
    assert_true(has(f, "after"));
}

/* The client 0 waits for "k" and has a backlog; the client 1 has neither. */
static void begin_waiting_with_backlog(struct fixture *f)
{
    store_large_value(f);
    admit(f, 0);
    admit(f, 1);
    add_keys(&f->requests, OP_WAIT, "k");
    request_large_value(f, 0, 1);
}

static void requests_of_a_client_that_a_release_makes_full_wait_until_it_reads(void **state)
{
    struct fixture *f = *state;

    begin_waiting_with_backlog(f);
    serve(f);
    f->clients.stream_limits.high_water = 1;
    set_key(f, 1, "k");
    set_key(f, 0, "after");
    assert_false(has(f, "after"));
    read_at_peer(f, 0, 8 + (size_t)LARGE + 1);
    assert_true(has(f, "after"));
}

static void a_client_that_ends_and_is_full_is_released_and_then_disconnected(void **state)
{
    struct fixture *f = *state;

    begin_waiting_with_backlog(f);
    assert_int_equal(shutdown(f->peers[0], SHUT_WR), 0);
    serve(f);
    f->clients.stream_limits.high_water = 1;
    set_key(f, 1, "k");
    assert_int_equal(f->left, 0);
    read_at_peer(f, 0, 8 + (size_t)LARGE + 1);
    assert_int_equal(f->left, 1);
}

static void a_client_that_is_lost_before_its_turn_has_no_turn(void **state)
{
    struct fixture *f = *state;

    f->engine.limits.reply_bytes = 0;
    store_large_value(f);
    admit(f, 0);
    request_large_value(f, 0, 10);
    while (list_is_empty(&f->clients.turns.waiting))
        iterate(f);
    reset_peer(f, 0);
    iterate(f); /* a turn, then the reset */
    assert_int_equal(f->left, 1);
    assert_true(list_is_empty(&f->clients.turns.waiting));
    serve(f);
}

static void a_client_that_becomes_full_before_its_turn_has_none(void **state)
{
    struct fixture *f = *state;

    f->engine.limits.reply_bytes = 0;
    store_large_value(f);
    admit(f, 0);
    request_large_value(f, 0, 1);
    add_valued(&f->requests, OP_SET, "after", text(""));
    send_requests(f, 0);
    while (list_is_empty(&f->clients.turns.waiting))
        iterate(f);
    f->clients.stream_limits.high_water = 1;
    serve(f);
    assert_false(has(f, "after"));
    read_at_peer(f, 0, 8 + (size_t)LARGE);
    assert_true(has(f, "after"));
}

static void a_client_in_a_turn_that_becomes_full_goes_on_when_it_reads(void **state)
{
    enum { GETS = 4 };
    struct fixture *f = *state;

    f->engine.limits.reply_bytes = 0;
    f->clients.stream_limits.high_water = LARGE;
    store_large_value(f);
    admit(f, 0);
    request_large_value(f, 0, GETS);
    set_key(f, 0, "after");
    assert_false(has(f, "after"));
    read_at_peer(f, 0, (size_t)GETS * (8 + (size_t)LARGE));
    assert_true(has(f, "after"));
}

static void a_client_on_this_host_sends_a_request_in_parts_while_memory_is_full(void **state)
{
    struct fixture *f = *state;
    struct buffer rest = {0};

    admit_from(f, 0, true);
    f->memories.serving.limit = f->memories.stored.used;
    add_keyed(&f->requests, OP_GET, "key");
    buffer_add(&rest, span_of(f->requests.bytes + f->requests.len - 1, 1));
    f->requests.len--;
    send_requests(f, 0);
    serve(f);
    buffer_add(&f->requests, buffer_span(&rest));
    send_requests(f, 0);
    read_at_peer(f, 0, 8);
    f->memories.serving.limit = SIZE_MAX / 2;
    buffer_free(&rest);
}

static void the_first_reply_needs_no_memory(void **state)
{
    struct fixture *f = *state;

    admit(f, 0);
    allocator_refuse_all(&f->allocator);
    add_word(&f->requests, OP_PING, 1);
    send_requests(f, 0);
    read_at_peer(f, 0, 4);
    allocator_refuse_none(&f->allocator);
}

static uint64_t time_of_execution;

static int note_time(struct execution *execution)
{
    time_of_execution = execution->effects->now;
    return 0;
}

static void a_request_is_executed_at_the_loops_time(void **state)
{
    struct fixture *f = *state;

    engine_execute_with(&f->engine, note_time);
    admit(f, 0);
    add_word(&f->requests, OP_PING, 1);
    send_requests(f, 0);
    serve(f);
    assert_true(time_of_execution > 0);
    assert_true(time_of_execution <= uv_now(&f->loop));
}

static bool is_answered;

static int ping_when_answered(struct execution *execution)
{
    bool is_ping = execution->request.opcode == OP_PING;

    return is_ping && !is_answered ? STOP_PENDING : dispatch(execution);
}

static void a_request_that_is_pending_is_executed_again_once_the_client_is_not_full(
    void **state)
{
    struct fixture *f = *state;

    is_answered = false;
    engine_execute_with(&f->engine, ping_when_answered);
    f->clients.stream_limits.high_water = 1;
    store_large_value(f);
    admit(f, 0);
    add_keyed(&f->requests, OP_GET, "large");
    add_word(&f->requests, OP_PING, 1);
    send_requests(f, 0);
    serve(f);
    is_answered = true;
    read_at_peer(f, 0, 8 + (size_t)LARGE + 4);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_client_that_has_left_is_reported_and_no_longer_counted),
        TEST(a_guest_that_has_left_makes_room_for_another),
        TEST(requests_of_a_client_that_is_full_wait_until_it_reads),
        TEST(requests_of_a_client_that_a_release_makes_full_wait_until_it_reads),
        TEST(a_client_that_ends_and_is_full_is_released_and_then_disconnected),
        TEST(a_client_that_is_lost_before_its_turn_has_no_turn),
        TEST(a_client_that_becomes_full_before_its_turn_has_none),
        TEST(a_client_in_a_turn_that_becomes_full_goes_on_when_it_reads),
        TEST(a_client_on_this_host_sends_a_request_in_parts_while_memory_is_full),
        TEST(the_first_reply_needs_no_memory),
        TEST(a_request_is_executed_at_the_loops_time),
        TEST(a_request_that_is_pending_is_executed_again_once_the_client_is_not_full),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
