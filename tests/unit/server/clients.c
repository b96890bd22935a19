/* Clients over loopback, on an engine, while the test runs the loop one iteration at a time. */
#include "server/clients.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/container.h"
#include "engine/dispatch.h"
#include "support/allocator.h"
#include "support/receive.h"
#include "support/record_copy.h"
#include "support/requests.h"
#include "support/test.h"

#define PATIENCE_NS UINT64_C(20000000000)

enum {
    PEERS = 300,
    LARGE = 4 << 20, /* bytes of a value that no socket here takes at once */
    ITERATIONS = 20, /* enough for the loop to serve what has been sent */
    BUFFER_BYTES = 4096,
    RING_BYTES = 1 << 20,
    MANY_KEYS = 10 * TURN_STEPS, /* of a request that takes several turns */
};

struct fixture {
    uv_loop_t loop;
    struct allocator allocator;
    struct memories memories;
    struct engine engine;
    struct client_log log;
    struct turns turns;
    struct headcount headcount;
    struct durations durations;
    uint8_t read_buffer[READ_BUFFER_SIZE];
    bool is_draining;
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
        .wire = {.key_bytes = 100, .value_bytes = LARGE, .keys_per_request = MANY_KEYS},
        .queue_entries = 100,
        .appended_bytes = LARGE,
        .reply_bytes = SIZE_MAX / 2,
        .room_bytes = READ_BUFFER_SIZE,
        .bytes_at_once = LARGE,
        .items_at_once = 100,
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
    f->headcount.max = limits().clients;
    turns_init(&f->turns, &f->loop);
    if (clients_init(
            &f->clients, &(struct clients_config){
                             .loop = &f->loop,
                             .turns = &f->turns,
                             .log = &f->log,
                             .engine = &f->engine,
                             .memories = &f->memories,
                             .headcount = &f->headcount,
                             .durations = &f->durations,
                             .read_buffer = f->read_buffer,
                             .is_draining = &f->is_draining,
                             .limits = limits(),
                             .left = on_left,
                             .context = f,
                         }))
        return -1;
    f->clients.service.config.stream_limits =
        (struct stream_limits){SIZE_MAX / 4, SIZE_MAX / 2};
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

    turns_close(&f->turns);
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
    uint64_t end = uv_hrtime() + PATIENCE_NS;

    while (len > 0 && uv_hrtime() < end) {
        size_t piece = len < sizeof(bytes) ? len : sizeof(bytes);
        ssize_t received = recv(f->peers[peer], bytes, piece, MSG_DONTWAIT);

        iterate(f);
        if (received > 0)
            len -= (size_t)received;
    }
    assert_int_equal(len, 0);
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

    f->headcount.max = 1;
    admit(f, 0);
    for (int i = 0; i <= TCPSTORE_GUESTS; i++) {
        admit_from(f, 1, true);
        assert_int_equal(f->clients.count, 2);
        assert_int_equal(f->headcount.guests, 1);
        close_peer(f, 1);
        serve(f);
        assert_int_equal(f->headcount.guests, 0);
    }
}

static void requests_of_a_client_that_is_full_wait_until_it_reads(void **state)
{
    struct fixture *f = *state;

    f->clients.service.config.stream_limits.high_water = 1;
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
    f->clients.service.config.stream_limits.high_water = 1;
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
    f->clients.service.config.stream_limits.high_water = 1;
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
    while (list_is_empty(&f->turns.waiting))
        iterate(f);
    reset_peer(f, 0);
    iterate(f); /* a turn, then the reset */
    assert_int_equal(f->left, 1);
    assert_true(list_is_empty(&f->turns.waiting));
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
    while (list_is_empty(&f->turns.waiting))
        iterate(f);
    f->clients.service.config.stream_limits.high_water = 1;
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
    f->clients.service.config.stream_limits.high_water = LARGE;
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

/* The SET finds no memory beside the reply to the PING, neither for itself nor for its bytes.
 */
static void a_request_that_is_tried_again_at_once_is_recorded(void **state)
{
    static uint8_t ring[RING_BYTES];
    static uint8_t file[FILE_HEAD + RING_BYTES];
    struct fixture *f = *state;
    struct buffer request = {0};
    struct record record;
    size_t len;

    admit(f, 0);
    record_init(&record, ring, sizeof(ring));
    f->engine.record = &record;
    add_valued(&request, OP_SET, "a key that is tried again", text(""));
    add_word(&f->requests, OP_PING, 1);
    buffer_add(&f->requests, buffer_span(&request));
    allocator_refuse(&f->allocator, 1);
    f->allocator.refuse_count = 2;
    send_requests(f, 0);
    serve(f);
    assert_int_equal(f->allocator.refused, 2);
    assert_true(has(f, "a key that is tried again"));
    len = record_copy_all(&record, 0, 0, file);
    assert_non_null(memmem(file, len, request.bytes, request.len));
    buffer_free(&request);
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
    f->clients.service.config.stream_limits.high_water = 1;
    store_large_value(f);
    admit(f, 0);
    add_keyed(&f->requests, OP_GET, "large");
    add_word(&f->requests, OP_PING, 1);
    send_requests(f, 0);
    serve(f);
    is_answered = true;
    read_at_peer(f, 0, 8 + (size_t)LARGE + 4);
}

static int executed;

static int count_and_dispatch(struct execution *execution)
{
    executed++;
    return dispatch(execution);
}

/* Requests of one step each, more than a read buffer holds. */
static void send_greedily(struct fixture *f, size_t peer, int bytes_of_key)
{
    enum { REQUESTS = 3 * TURN_STEPS };
    char key[100] = {0};

    memset(key, 'k', (size_t)bytes_of_key);
    for (int i = 0; i < REQUESTS; i++)
        add_keyed(&f->requests, OP_DELETE_KEY, key);
    send_requests(f, peer);
}

static void ping(struct fixture *f, size_t peer)
{
    add_word(&f->requests, OP_PING, 1);
    send_requests(f, peer);
}

static bool has_received(const struct fixture *f, size_t peer, size_t len)
{
    char bytes[64];

    return recv(f->peers[peer], bytes, sizeof(bytes), MSG_PEEK | MSG_DONTWAIT) == (ssize_t)len;
}

static bool ping_is_answered(const struct fixture *f, size_t peer)
{
    return has_received(f, peer, 4) && receive_all(f->peers[peer], (uint8_t[4]){0}, 4);
}

/* libuv reads up to 32 times in a row while a socket has more. */
static void a_client_takes_at_most_one_turn_in_each_phase_of_an_iteration(void **state)
{
    struct fixture *f = *state;

    engine_execute_with(&f->engine, count_and_dispatch);
    admit(f, 0);
    send_greedily(f, 0, 10);
    executed = 0;
    iterate(f);
    assert_in_range(executed, TURN_STEPS / 2, TURN_STEPS);
    iterate(f);
    assert_in_range(executed, TURN_STEPS, 3 * TURN_STEPS);
    serve(f);
    assert_int_equal(executed, 3 * TURN_STEPS);
}

/* Each fits in a read, and takes more than a short turn. */
static void requests_of_many_clients_that_take_long_are_executed_in_several_iterations(
    void **state)
{
    enum { NAMES = 100, NAME = 4 };
    char names[NAMES * (NAME + 1)];
    struct fixture *f = *state;
    size_t answered = 0, iterations = 0;

    memset(names, 'k', sizeof(names));
    for (size_t i = 1; i < NAMES; i++)
        names[i * (NAME + 1) - 1] = ' ';
    names[sizeof(names) - 1] = '\0';
    for (size_t i = 0; i < PEERS; i++)
        admit(f, i);
    set_key(f, 0, "kkkk");
    for (size_t i = 0; i < PEERS; i++) {
        add_keys(&f->requests, OP_CHECK, names);
        send_requests(f, i);
    }
    while (answered < PEERS) {
        size_t before = answered;

        iterate(f);
        answered = 0;
        for (size_t i = 0; i < PEERS; i++)
            answered += has_received(f, i, 1);
        assert_in_range(answered - before, 1, 4 * TURN_STEPS / NAMES);
        iterations++;
    }
    assert_true(iterations > 1);
}

static void clients_that_need_many_turns_delay_no_other(void **state)
{
    enum { GREEDY = 20 };
    struct fixture *f = *state;

    for (size_t i = 0; i <= GREEDY; i++)
        admit(f, i);
    engine_execute_with(&f->engine, count_and_dispatch);
    for (size_t i = 0; i < GREEDY; i++)
        send_greedily(f, i, 1);
    executed = 0;
    for (int i = 1; i < GREEDY; i++) {
        ping(f, GREEDY);
        iterate(f);
        assert_true(ping_is_answered(f, GREEDY));
        assert_in_range(executed, 1, (4 * TURN_STEPS + GREEDY * SHORT_TURN_STEPS) * i);
    }
    while (!list_is_empty(&f->turns.waiting))
        iterate(f);
    assert_int_equal(executed, GREEDY * 3 * TURN_STEPS + GREEDY - 1);
}

/* A client that awaits "k". */
static void admit_waiting(struct fixture *f, size_t peer)
{
    admit(f, peer);
    add_keys(&f->requests, OP_WAIT, "k");
    send_requests(f, peer);
    serve(f);
}

static size_t count_released(const struct fixture *f, size_t first, size_t end)
{
    size_t count = 0;

    for (size_t i = first; i < end; i++)
        count += has_received(f, i, 1);
    return count;
}

static void waiters_are_released_in_several_iterations_and_delay_no_other(void **state)
{
    struct fixture *f = *state;
    size_t before = 0;

    admit(f, 0);
    for (size_t i = 1; i < PEERS; i++)
        admit_waiting(f, i);
    add_valued(&f->requests, OP_SET, "k", text(""));
    while (before < PEERS - 1) {
        ping(f, 0);
        iterate(f);
        assert_true(ping_is_answered(f, 0));
        assert_in_range(
            count_released(f, 1, PEERS), before + 1, before + 2 * TURN_STEPS / 64 + 1);
        before = count_released(f, 1, PEERS);
        assert_int_equal(count_released(f, 1, before + 1), before); /* in order */
    }
}

/* The client 0 has released the others; it has sent as many releases as fit in a turn. */
static void begin_releasing(struct fixture *f)
{
    admit(f, 0);
    for (size_t i = 1; i < PEERS; i++)
        admit_waiting(f, i);
    add_valued(&f->requests, OP_SET, "k", text(""));
    send_requests(f, 0);
    iterate(f);
    assert_false(has_received(f, PEERS - 1, 1));
}

static void a_release_does_not_wait_behind_many_others(void **state)
{
    struct fixture *f = *state;

    admit(f, PEERS - 1);
    add_keys(&f->requests, OP_WAIT, "other");
    send_requests(f, PEERS - 1);
    admit(f, PEERS - 2);
    admit(f, 0);
    for (size_t i = 1; i < PEERS - 2; i++)
        admit_waiting(f, i);
    add_valued(&f->requests, OP_SET, "k", text(""));
    send_requests(f, 0);
    iterate(f);
    assert_false(has_received(f, PEERS - 3, 1));
    add_valued(&f->requests, OP_SET, "other", text(""));
    send_requests(f, PEERS - 2);
    iterate(f);
    assert_true(has_received(f, PEERS - 1, 1));
    assert_false(has_received(f, PEERS - 3, 1));
    serve(f);
    assert_true(has_received(f, PEERS - 3, 1));
}

static void a_client_that_leaves_before_its_release_is_sent_delays_no_other_release(
    void **state)
{
    struct fixture *f = *state;

    begin_releasing(f);
    reset_peer(f, PEERS - 2);
    serve(f);
    assert_int_equal(f->left, 1);
    assert_true(has_received(f, PEERS - 1, 1));
}

static void a_release_that_is_not_sent_yet_comes_before_the_replies_to_later_requests(
    void **state)
{
    static const uint8_t replies[] = {0, 1, 0, 0, 0};
    struct fixture *f = *state;
    uint8_t received[sizeof(replies)];

    begin_releasing(f);
    ping(f, PEERS - 1);
    iterate(f);
    assert_true(receive_all(f->peers[PEERS - 1], received, sizeof(received)));
    assert_memory_equal(received, replies, sizeof(replies));
    serve(f);
    assert_true(has_received(f, PEERS - 2, 1));
    assert_false(has_received(f, PEERS - 1, 1));
}

static void clients_that_close_at_once_leave_in_several_iterations(void **state)
{
    struct fixture *f = *state;
    size_t before = 0;

    for (size_t i = 0; i < PEERS; i++)
        admit(f, i);
    for (size_t i = 1; i < PEERS; i++)
        close_peer(f, i);
    while (before < PEERS - 1) {
        ping(f, 0);
        iterate(f);
        assert_true(ping_is_answered(f, 0));
        assert_in_range(f->left, before + 1, before + 4 * TURN_STEPS / 64);
        before = f->left;
    }
    assert_int_equal(f->clients.count, 1);
}

static void clients_that_close_do_not_wait_behind_long_turns(void **state)
{
    enum { GREEDY = 40, CLOSED = 60, ITERATIONS_OF_60 = 5 };
    struct fixture *f = *state;

    for (size_t i = 0; i < GREEDY + CLOSED; i++)
        admit(f, i);
    for (size_t i = 0; i < GREEDY; i++)
        send_greedily(f, i, 1);
    iterate(f);
    for (size_t i = GREEDY; i < GREEDY + CLOSED; i++)
        close_peer(f, i);
    for (int i = 0; i < ITERATIONS_OF_60; i++)
        iterate(f);
    assert_int_equal(f->left, CLOSED);
    assert_false(list_is_empty(&f->turns.waiting));
}

static void clients_that_are_closing_are_freed_by_close(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < PEERS; i++)
        admit(f, i);
    for (size_t i = 0; i < PEERS; i++)
        close_peer(f, i);
    iterate(f); /* tear_down closes and checks the memory */
    assert_in_range(f->clients.count, 1, PEERS - 1);
}

/* What has arrived is read; the server does not run. */
static size_t read_what_has_arrived(const struct fixture *f, size_t peer)
{
    static uint8_t bytes[BUFFER_BYTES];
    size_t len = 0;
    ssize_t received;

    while ((received = recv(f->peers[peer], bytes, sizeof(bytes), MSG_DONTWAIT)) > 0)
        len += (size_t)received;
    return len;
}

/* Two clients need the whole pot, before the events of any other. */
static void crowd(struct fixture *f)
{
    send_greedily(f, 0, 1);
    send_greedily(f, 1, 1);
}

static void a_client_that_ends_while_its_backlog_waits_for_a_turn_gets_it_all(void **state)
{
    struct fixture *f = *state;
    size_t read;

    store_large_value(f);
    for (size_t i = 0; i < 3; i++)
        admit(f, i);
    request_large_value(f, 2, 1);
    serve(f);
    crowd(f);
    read = read_what_has_arrived(f, 2);
    assert_int_equal(shutdown(f->peers[2], SHUT_WR), 0);
    iterate(f);
    read_at_peer(f, 2, 8 + (size_t)LARGE - read);
    assert_int_equal(f->left, 1);
}

static struct client *last_client(const struct fixture *f)
{
    return CONTAINER_OF(f->clients.connected.prev, struct client, link);
}

static void send_unfinished_value(struct fixture *f, size_t peer)
{
    static const uint8_t value[LARGE];

    add_valued(&f->requests, OP_SET, "value", span_of(value, sizeof(value)));
    f->requests.len = 100 << 10;
    send_requests(f, peer);
}

static void bytes_that_are_received_take_steps(void **state)
{
    struct fixture *f = *state;

    admit(f, 0);
    send_unfinished_value(f, 0);
    iterate(f);
    assert_in_range(TURN_STEPS - last_client(f)->turn.steps, 400, 440);
}

/* They take no steps but for their bytes, whereas small requests also take some to execute. */
static void the_bytes_of_a_value_have_more_room_than_those_of_small_requests(void **state)
{
    struct fixture *f = *state;

    admit(f, 0);
    ping(f, 0);
    serve(f);
    assert_int_equal(last_client(f)->room, READ_BUFFER_SIZE);
    for (int part = 0; part < 10; part++) {
        send_unfinished_value(f, 0);
        serve(f);
    }
    assert_in_range(last_client(f)->room, 3 * READ_BUFFER_SIZE, TURN_STEPS * 256);
}

static void a_client_reads_little_if_others_need_the_whole_pot(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < 3; i++)
        admit(f, i);
    crowd(f);
    send_unfinished_value(f, 2);
    iterate(f);
    assert_in_range(last_client(f)->session.input.len, 1, 4096);
    serve(f);
    assert_int_equal(last_client(f)->session.input.len, 100 << 10);
}

static void a_request_that_lacked_its_end_waits_for_a_turn_if_others_need_the_whole_pot(
    void **state)
{
    static const uint8_t value[READ_BUFFER_SIZE];
    struct fixture *f = *state;
    struct buffer end = {0};

    for (size_t i = 0; i < 3; i++)
        admit(f, i);
    add_valued(&f->requests, OP_SET, "set", span_of(value, sizeof(value)));
    buffer_add(&end, span_of(value, 1));
    f->requests.len--;
    send_requests(f, 2);
    serve(f);
    crowd(f);
    buffer_add(&f->requests, buffer_span(&end));
    send_requests(f, 2);
    iterate(f);
    assert_false(has(f, "set"));
    serve(f);
    assert_true(has(f, "set"));
    buffer_free(&end);
}

static int take_all_steps(struct execution *execution)
{
    execution->effects->steps = 0;
    return count_and_dispatch(execution);
}

static void a_client_without_steps_reads_on_in_its_next_turn(void **state)
{
    struct fixture *f = *state;

    admit(f, 0);
    engine_execute_with(&f->engine, take_all_steps);
    ping(f, 0);
    iterate(f);
    assert_true(ping_is_answered(f, 0));
    assert_false(list_is_empty(&f->turns.waiting));
    ping(f, 0);
    iterate(f);
    assert_true(ping_is_answered(f, 0));
}

/* The client 0 has requested large values and then sent a wrong request and more bytes. */
static void send_wrong_request(struct fixture *f, int gets)
{
    uint8_t *opcode;

    store_large_value(f);
    admit(f, 0);
    while (gets-- > 0)
        add_keyed(&f->requests, OP_GET, "large");
    add_bare(&f->requests, OP_GETNUMKEYS);
    opcode = &f->requests.bytes[f->requests.len - 1];
    *opcode = 255;
    for (int i = 0; i < 2 * READ_BUFFER_SIZE; i++)
        add_bare(&f->requests, OP_GETNUMKEYS);
    send_requests(f, 0);
    serve(f);
}

static void a_client_with_a_backlog_gets_all_replies_before_its_wrong_request(void **state)
{
    enum { GETS = 3 };
    struct fixture *f = *state;

    send_wrong_request(f, GETS);
    assert_int_equal(f->left, 0);
    read_at_peer(f, 0, (size_t)GETS * (8 + (size_t)LARGE));
    assert_int_equal(recv(f->peers[0], &(char){0}, 1, 0), 0);
    assert_int_equal(f->left, 0);
    close_peer(f, 0);
    serve(f);
    assert_int_equal(f->left, 1);
}

/* The server has no backlog, but closing a socket with unread bytes would drop the replies. */
static void a_client_gets_all_replies_that_the_socket_holds_at_its_wrong_request(void **state)
{
    static const uint8_t value[BUFFER_BYTES + BUFFER_BYTES / 2];
    struct fixture *f = *state;

    admit(f, 0);
    add_valued(&f->requests, OP_SET, "value", span_of(value, sizeof(value)));
    add_keyed(&f->requests, OP_GET, "value");
    send_requests(f, 0);
    serve(f);
    assert_false(stream_has_backlog(last_client(f)->stream));
    add_word(&f->requests, OP_VALIDATE, MAGIC); /* the second */
    for (int i = 0; i < 2 * READ_BUFFER_SIZE; i++)
        add_bare(&f->requests, OP_GETNUMKEYS);
    send_requests(f, 0);
    serve(f);
    read_at_peer(f, 0, 8 + sizeof(value));
    assert_int_equal(recv(f->peers[0], &(char){0}, 1, 0), 0);
}

static void a_refused_client_that_ends_first_gets_all_replies_and_is_disconnected(void **state)
{
    struct fixture *f = *state;

    send_wrong_request(f, 1);
    assert_int_equal(shutdown(f->peers[0], SHUT_WR), 0);
    serve(f);
    assert_int_equal(f->left, 0);
    read_at_peer(f, 0, 8 + (size_t)LARGE);
    assert_int_equal(f->left, 1);
}

static void a_refused_client_that_does_not_read_is_disconnected_after_the_timeout(void **state)
{
    struct fixture *f = *state;

    f->clients.service.deadlines.timeout_ms = 1;
    store_large_value(f);
    admit(f, 0);
    request_large_value(f, 0, 1);
    serve(f);
    add_word(&f->requests, OP_VALIDATE, MAGIC); /* the second */
    send_requests(f, 0);
    while (f->left == 0)
        uv_run(&f->loop, UV_RUN_ONCE);
}

static void a_refused_client_has_no_session_while_it_reads(void **state)
{
    struct fixture *f = *state;

    store_large_value(f);
    admit(f, 0);
    admit(f, 1);
    add_keys(&f->requests, OP_WAIT, "k");
    request_large_value(f, 0, 1);
    add_word(&f->requests, OP_VALIDATE, MAGIC);
    send_requests(f, 0);
    serve(f);
    assert_int_equal(f->left, 0);
    set_key(f, 1, "k");
    read_at_peer(f, 0, 8 + (size_t)LARGE);
    assert_int_equal(recv(f->peers[0], &(char){0}, 1, 0), 0); /* no STOP_WAITING */
}

static void a_refusal_for_lack_of_memory_disconnects_a_client_with_a_backlog(void **state)
{
    struct fixture *f = *state;

    store_large_value(f);
    admit(f, 0);
    request_large_value(f, 0, 1);
    serve(f);
    f->memories.stored.limit = f->memories.stored.used;
    add_valued(&f->requests, OP_SET, "key", text("value"));
    send_requests(f, 0);
    serve(f);
    assert_int_equal(f->left, 1);
    f->memories.stored.limit = SIZE_MAX;
}

/* For the keys 0 to MANY_KEYS - 1. */
static void add_many_keys(struct fixture *f, enum operation operation)
{
    buffer_add_u8(&f->requests, (uint8_t)operation);
    buffer_add_u64(&f->requests, MANY_KEYS);
    for (int i = 0; i < MANY_KEYS; i++) {
        char key[12];

        snprintf(key, sizeof(key), "%d", i);
        buffer_add_sized(&f->requests, text(key));
    }
}

static void get_many_keys(struct fixture *f, size_t peer)
{
    add_many_keys(f, OP_MULTI_GET);
    send_requests(f, peer);
}

/* Only one such request is in progress at a time. */
static void long_requests_of_several_clients_are_executed_one_after_the_other(void **state)
{
    enum { CLIENTS = 3 };
    struct fixture *f = *state;
    int begun = 0;

    for (size_t i = 0; i <= CLIENTS; i++)
        admit(f, i);
    for (size_t i = 0; i < CLIENTS; i++)
        get_many_keys(f, i);
    iterate(f);
    iterate(f);
    for (size_t i = 0; i < CLIENTS; i++)
        begun += has_received(f, i, 64);
    assert_true(begun < CLIENTS); /* the kernel decides which of them arrives first */
    ping(f, CLIENTS);
    iterate(f);
    assert_true(ping_is_answered(f, CLIENTS));
    for (size_t i = 0; i < CLIENTS; i++)
        read_at_peer(f, i, (size_t)MANY_KEYS * 8);
}

static void a_long_request_of_a_client_that_does_not_read_holds_up_no_other(void **state)
{
    struct fixture *f = *state;

    f->clients.service.config.stream_limits.high_water = 1;
    store_large_value(f);
    admit(f, 0);
    admit(f, 1);
    add_keyed(&f->requests, OP_GET, "large");
    get_many_keys(f, 0);
    serve(f);
    get_many_keys(f, 1);
    read_at_peer(f, 1, (size_t)MANY_KEYS * 8);
    read_at_peer(f, 0, 8 + (size_t)LARGE + (size_t)MANY_KEYS * 8);
}

/* It has waited in line, and becomes the first while it does not read. */
static void a_long_request_that_waits_in_line_holds_up_no_other_if_its_client_does_not_read(
    void **state)
{
    struct fixture *f = *state;

    f->clients.service.config.stream_limits.high_water = 1;
    store_large_value(f);
    for (size_t i = 0; i < 3; i++)
        admit(f, i);
    get_many_keys(f, 0);
    add_keyed(&f->requests, OP_GET, "large");
    get_many_keys(f, 1);
    get_many_keys(f, 2);
    read_at_peer(f, 2, (size_t)MANY_KEYS * 8);
    read_at_peer(f, 0, (size_t)MANY_KEYS * 8);
    read_at_peer(f, 1, 8 + (size_t)LARGE + (size_t)MANY_KEYS * 8);
}

static void a_client_that_leaves_in_the_middle_of_a_long_request_makes_way_for_others(
    void **state)
{
    struct fixture *f = *state;

    admit(f, 0);
    admit(f, 1);
    get_many_keys(f, 0);
    get_many_keys(f, 1);
    while (f->clients.service.effects.steps > 0)
        iterate(f);
    reset_peer(f, 0);
    read_at_peer(f, 1, (size_t)MANY_KEYS * 8);
    assert_int_equal(f->left, 1);
}

/* Leaving takes a step for each name that it waits for. */
static void begin_leaving(struct fixture *f)
{
    admit(f, 0);
    admit(f, 1);
    add_many_keys(f, OP_WAIT);
    send_requests(f, 1);
    serve(f);
    close_peer(f, 1);
    while (!last_client(f)->is_closed)
        iterate(f);
    assert_false(last_client(f)->has_left);
}

static void a_client_with_many_waits_leaves_in_several_iterations_and_delays_no_other(
    void **state)
{
    struct fixture *f = *state;
    int iterations = 0;

    begin_leaving(f);
    for (; f->left == 0; iterations++) {
        ping(f, 0);
        iterate(f);
        assert_true(ping_is_answered(f, 0));
    }
    assert_in_range(iterations, MANY_KEYS / TURN_STEPS / 2, 2 * MANY_KEYS / TURN_STEPS);
}

static void clients_whose_long_requests_wait_in_line_are_freed_by_close(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < 3; i++)
        admit(f, i);
    for (size_t i = 0; i < 3; i++)
        get_many_keys(f, i);
    iterate(f);
    iterate(f); /* tear_down closes and checks the memory */
}

static void a_client_that_is_still_leaving_is_freed_by_close(void **state)
{
    begin_leaving(*state); /* tear_down closes and checks the memory */
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
        TEST(a_request_that_is_tried_again_at_once_is_recorded),
        TEST(a_request_is_executed_at_the_loops_time),
        TEST(a_request_that_is_pending_is_executed_again_once_the_client_is_not_full),
        TEST(a_client_takes_at_most_one_turn_in_each_phase_of_an_iteration),
        TEST(requests_of_many_clients_that_take_long_are_executed_in_several_iterations),
        TEST(clients_that_need_many_turns_delay_no_other),
        TEST(waiters_are_released_in_several_iterations_and_delay_no_other),
        TEST(a_release_does_not_wait_behind_many_others),
        TEST(a_client_that_leaves_before_its_release_is_sent_delays_no_other_release),
        TEST(a_release_that_is_not_sent_yet_comes_before_the_replies_to_later_requests),
        TEST(clients_that_close_at_once_leave_in_several_iterations),
        TEST(clients_that_close_do_not_wait_behind_long_turns),
        TEST(clients_that_are_closing_are_freed_by_close),
        TEST(a_client_that_ends_while_its_backlog_waits_for_a_turn_gets_it_all),
        TEST(bytes_that_are_received_take_steps),
        TEST(the_bytes_of_a_value_have_more_room_than_those_of_small_requests),
        TEST(a_client_reads_little_if_others_need_the_whole_pot),
        TEST(a_request_that_lacked_its_end_waits_for_a_turn_if_others_need_the_whole_pot),
        TEST(a_client_without_steps_reads_on_in_its_next_turn),
        TEST(a_client_with_a_backlog_gets_all_replies_before_its_wrong_request),
        TEST(a_client_gets_all_replies_that_the_socket_holds_at_its_wrong_request),
        TEST(a_refused_client_that_ends_first_gets_all_replies_and_is_disconnected),
        TEST(a_refused_client_that_does_not_read_is_disconnected_after_the_timeout),
        TEST(a_refused_client_has_no_session_while_it_reads),
        TEST(a_refusal_for_lack_of_memory_disconnects_a_client_with_a_backlog),
        TEST(long_requests_of_several_clients_are_executed_one_after_the_other),
        TEST(a_long_request_of_a_client_that_does_not_read_holds_up_no_other),
        TEST(a_long_request_that_waits_in_line_holds_up_no_other_if_its_client_does_not_read),
        TEST(a_client_that_leaves_in_the_middle_of_a_long_request_makes_way_for_others),
        TEST(a_client_with_many_waits_leaves_in_several_iterations_and_delays_no_other),
        TEST(clients_whose_long_requests_wait_in_line_are_freed_by_close),
        TEST(a_client_that_is_still_leaving_is_freed_by_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
