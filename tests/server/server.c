/* The public API, in one process with its clients, over real sockets. */
#include "support/test.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <tcpstore/server.h>

#include "support/receive.h"
#include "support/requests.h"

static const char *const loopback[] = {"127.0.0.1"};

static struct tcpstore_server_options local_options(void)
{
    struct tcpstore_server_options options;

    tcpstore_server_options_init(&options);
    options.addresses = loopback;
    options.address_count = 1;
    return options;
}

static struct tcpstore_server *start(const struct tcpstore_server_options *options)
{
    struct tcpstore_server *server;
    struct tcpstore_error error = {.text = ""};

    if (tcpstore_server_new(options, &error, &server) || tcpstore_server_start(server, &error))
        fail_msg("%s", error.text);
    return server;
}

static struct tcpstore_server *start_local(void)
{
    struct tcpstore_server_options options = local_options();

    return start(&options);
}

static void assert_refused(
    const struct tcpstore_server_options *options, int code, const char *word,
    const char *advice)
{
    struct tcpstore_server *server = (struct tcpstore_server *)&errno;
    struct tcpstore_error error = {.text = ""};

    assert_int_equal(tcpstore_server_new(options, &error, &server), code);
    assert_int_equal(error.code, code);
    assert_null(server);
    if (strstr(error.text, word) == NULL || strstr(error.text, advice) == NULL)
        fail_msg("\"%s\" does not say \"%s\" and \"%s\"", error.text, word, advice);
    assert_int_equal(tcpstore_server_new(options, NULL, &server), code);
}

static int connect_to(const char *host, uint16_t port)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    const struct timeval patience = {.tv_sec = 20};
    bool is_v4 = inet_pton(AF_INET, host, &v4.sin_addr) == 1;
    int fd = socket(is_v4 ? AF_INET : AF_INET6, SOCK_STREAM, 0);

    inet_pton(AF_INET6, host, &v6.sin6_addr);
    assert_true(fd >= 0);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), 0);
    if (is_v4)
        assert_int_equal(connect(fd, (struct sockaddr *)&v4, sizeof(v4)), 0);
    else
        assert_int_equal(connect(fd, (struct sockaddr *)&v6, sizeof(v6)), 0);
    return fd;
}

static void send_all(int fd, struct buffer *requests)
{
    size_t sent = 0;

    while (sent < requests->len) {
        ssize_t len = TEMP_FAILURE_RETRY(
            send(fd, requests->bytes + sent, requests->len - sent, MSG_NOSIGNAL));

        assert_true(len > 0);
        sent += (size_t)len;
    }
    buffer_clear(requests);
}

static void assert_reply(int fd, struct span expected)
{
    uint8_t *bytes = malloc(expected.len);

    assert_non_null(bytes);
    assert_true(receive_all(fd, bytes, expected.len));
    assert_memory_equal(bytes, expected.bytes, expected.len);
    free(bytes);
}

static void assert_closed(int fd)
{
    char byte;
    ssize_t len = receive(fd, &byte, 1);

    assert_true(len == 0 || (len < 0 && errno == ECONNRESET));
}

static void ping(int fd)
{
    struct buffer requests = {0};

    add_word(&requests, OP_PING, 0x04030201);
    send_all(fd, &requests);
    assert_reply(fd, text("\1\2\3\4"));
    buffer_free(&requests);
}

static int join(const char *host, uint16_t port)
{
    int fd = connect_to(host, port);
    struct buffer requests = {0};

    add_word(&requests, OP_VALIDATE, MAGIC);
    send_all(fd, &requests);
    buffer_free(&requests);
    ping(fd);
    return fd;
}

static size_t count_descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    size_t count = 0;

    assert_non_null(folder);
    while (readdir(folder) != NULL)
        count++;
    closedir(folder);
    return count;
}

static bool has_thread_named(const char *name)
{
    DIR *folder = opendir("/proc/self/task");
    bool found = false;
    struct dirent *task;

    assert_non_null(folder);
    while ((task = readdir(folder)) != NULL) {
        char path[300], comm[32] = "";
        FILE *file;

        snprintf(path, sizeof(path), "/proc/self/task/%s/comm", task->d_name);
        file = fopen(path, "re");
        if (file == NULL)
            continue;
        if (fgets(comm, sizeof(comm), file) != NULL)
            comm[strcspn(comm, "\n")] = '\0';
        found = found || strcmp(comm, name) == 0;
        fclose(file);
    }
    closedir(folder);
    return found;
}

static int bound_socket(int type, bool listening, uint16_t *ret_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof(address);
    int fd = socket(AF_INET, type, 0);

    assert_true(fd >= 0);
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
    if (listening)
        assert_int_equal(listen(fd, 5), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    *ret_port = ntohs(address.sin_port);
    return fd;
}

static void limits_out_of_range_are_refused_by_name(void **state)
{
    struct tcpstore_server_options options = local_options();

    (void)state;
    options.limits.key_bytes = 65536;
    assert_refused(&options, TCPSTORE_EINVAL, "key_bytes", "65535");
    options = local_options();
    options.limits.output_hard_cap = options.limits.output_high_water - 1;
    assert_refused(&options, TCPSTORE_EINVAL, "output_high_water", "expected");
}

static void a_hard_cap_below_a_value_and_what_may_wait_before_it_is_refused(void **state)
{
    struct tcpstore_server_options options = local_options();
    struct tcpstore_limits *limits = &options.limits;

    (void)state;
    limits->output_hard_cap = 2 * limits->output_high_water + limits->value_bytes + 1023;
    assert_refused(&options, TCPSTORE_EINVAL, "output_hard_cap", "value_bytes");
    limits->output_hard_cap++;
    assert_int_equal(tcpstore_server_options_check(&options, NULL), 0);
    limits->output_high_water = SIZE_MAX;
    limits->output_hard_cap = SIZE_MAX;
    assert_refused(&options, TCPSTORE_EINVAL, "output_hard_cap", "value_bytes");
}

static void addresses_that_cannot_be_had_are_refused_with_the_next_step(void **state)
{
    const char *const name[] = {"localhost"};
    const char *const link_local[] = {"fe80::1"};
    const char *const foreign[] = {"192.0.2.1"};
    struct tcpstore_server_options options = local_options();
    struct tcpstore_server *server = start(&options);
    char address[32];

    (void)state;
    options.port = tcpstore_server_port(server);
    snprintf(address, sizeof(address), "127.0.0.1:%u", options.port);
    assert_refused(&options, TCPSTORE_EADDRINUSE, address, "another port");
    options.addresses = name;
    assert_refused(&options, TCPSTORE_EINVAL, "bind localhost", "numeric");
    options.addresses = link_local;
    assert_refused(&options, TCPSTORE_EINVAL, "bind fe80::1", "fe80::1%eth0");
    assert_int_equal(tcpstore_server_options_check(&options, NULL), TCPSTORE_EINVAL);
    options.addresses = foreign;
    assert_refused(&options, TCPSTORE_EADDRNOTAVAIL, "192.0.2.1", "this machine");
    tcpstore_server_free(server);
}

static void every_interface_takes_both_families(void **state)
{
    struct tcpstore_server_options options;
    struct tcpstore_server *server;

    (void)state;
    tcpstore_server_options_init(&options);
    server = start(&options);
    assert_false(tcpstore_server_is_local(server));
    close(join("127.0.0.1", tcpstore_server_port(server)));
    if (access("/proc/net/if_inet6", R_OK) == 0)
        close(join("::1", tcpstore_server_port(server)));
    tcpstore_server_free(server);
}

static void an_address_that_another_one_includes_needs_no_socket(void **state)
{
    const char *const lists[][3] = {
        {"::", "127.0.0.1", "::1"}, {"127.0.0.1", "::", "0.0.0.0"}, {"::1", "::", "::"}};
    struct tcpstore_server_options options = local_options();

    (void)state;
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        struct tcpstore_server *server;

        options.addresses = lists[i];
        options.address_count = 3;
        server = start(&options);
        assert_int_equal(tcpstore_server_address_count(server), 1);
        assert_false(tcpstore_server_is_local(server));
        close(join("127.0.0.1", tcpstore_server_port(server)));
        close(join("127.0.0.2", tcpstore_server_port(server)));
        if (access("/proc/net/if_inet6", R_OK) == 0)
            close(join("::1", tcpstore_server_port(server)));
        tcpstore_server_free(server);
    }
}

static void several_addresses_share_a_free_port(void **state)
{
    const char *const two[] = {"127.0.0.1", "127.0.0.2"};
    struct tcpstore_server_options options = local_options();
    struct tcpstore_server *server;

    (void)state;
    options.addresses = two;
    options.address_count = 2;
    server = start(&options);
    assert_int_equal(tcpstore_server_address_count(server), 2);
    assert_non_null(strstr(tcpstore_server_address(server, 1), "127.0.0.2:"));
    assert_null(tcpstore_server_address(server, 2));
    assert_true(tcpstore_server_is_local(server));
    close(join("127.0.0.1", tcpstore_server_port(server)));
    close(join("127.0.0.2", tcpstore_server_port(server)));
    tcpstore_server_free(server);
}

static void a_socket_handed_over_is_served_and_then_closed(void **state)
{
    (void)state;
    for (int listening = 0; listening <= 1; listening++) {
        struct tcpstore_server_options options = local_options();
        struct tcpstore_server *server;
        uint16_t port;

        options.listen_fd = bound_socket(SOCK_STREAM, listening, &port);
        options.port = port;
        server = start(&options);
        assert_int_equal(tcpstore_server_port(server), port);
        close(join("127.0.0.1", port));
        tcpstore_server_free(server);
        assert_int_equal(fcntl(options.listen_fd, F_GETFD), -1);
    }
}

static void a_socket_that_does_not_fit_is_refused_and_untouched(void **state)
{
    struct tcpstore_server_options options = local_options();
    uint16_t port, other;
    int pipes[2];
    int fd = bound_socket(SOCK_STREAM, false, &port);
    int udp = bound_socket(SOCK_DGRAM, false, &other);
    int listening;
    socklen_t len = sizeof(listening);

    (void)state;
    options.listen_fd = fd;
    options.port = port == 1 ? 2 : 1;
    assert_refused(&options, TCPSTORE_EPORTMISMATCH, "expected port", "bound to port");
    assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &len), 0);
    assert_false(listening);
    assert_int_equal(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
    options.listen_fd = udp;
    assert_refused(&options, TCPSTORE_EINVAL, "not a TCP socket", "bound");
    assert_int_equal(pipe(pipes), 0);
    options.listen_fd = pipes[0];
    assert_refused(&options, TCPSTORE_EINVAL, "not a TCP socket", "bound");
    close(pipes[0]);
    assert_refused(&options, TCPSTORE_EINVAL, "not a TCP socket", "bound");
    close(pipes[1]);
    close(udp);
    close(fd);
}

static void what_is_no_network_is_refused(void **state)
{
    static const char *const networks[] = {"10.0.0.0/8", "head", "10.0.0.7/8"};
    struct tcpstore_server_options options = local_options();
    struct tcpstore_error error;

    (void)state;
    options.allowed = networks;
    options.allowed_count = 2;
    assert_refused(&options, TCPSTORE_EINVAL, "allow head", "such as 10.0.0.0/8");
    assert_int_equal(tcpstore_server_options_check(&options, &error), TCPSTORE_EINVAL);
    options.allowed = &networks[2];
    options.allowed_count = 1;
    assert_refused(&options, TCPSTORE_EINVAL, "allow 10.0.0.7/8", "longer prefix");
    options.allowed = networks;
    assert_int_equal(tcpstore_server_options_check(&options, &error), 0);
}

static void a_host_that_is_not_allowed_is_closed(void **state)
{
    static const char *const networks[] = {"10.0.0.0/8", "127.0.0.0/8"};
    struct tcpstore_server_options options = local_options();
    struct tcpstore_server *narrow, *wide;
    int stranger;

    (void)state;
    options.allowed = networks;
    options.allowed_count = 1;
    narrow = start(&options);
    options.allowed_count = 2;
    wide = start(&options);
    stranger = connect_to("127.0.0.1", tcpstore_server_port(narrow));
    assert_closed(stranger);
    close(stranger);
    close(join("127.0.0.1", tcpstore_server_port(wide)));
    tcpstore_server_free(narrow);
    tcpstore_server_free(wide);
}

/* libuv aborts where it cannot open what a loop needs. */
static void a_server_without_descriptors_is_refused_with_the_next_step(void **state)
{
    struct tcpstore_server_options options = local_options();
    struct rlimit before, few;
    int lowest = dup(STDERR_FILENO);

    (void)state;
    assert_true(lowest >= 0);
    close(lowest);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    few = before;
    for (int more = 0; more < 10; more++) {
        few.rlim_cur = (rlim_t)lowest + (rlim_t)more;
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
        assert_refused(&options, TCPSTORE_ESYSTEM, "needs 10 files", "ulimit -n");
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    }
}

static void it_runs_once_in_a_thread_of_that_name(void **state)
{
    struct tcpstore_server *server = start_local();
    struct tcpstore_error error;

    (void)state;
    assert_true(has_thread_named("tcpstore"));
    assert_int_equal(tcpstore_server_start(server, &error), TCPSTORE_ESTATE);
    assert_int_equal(tcpstore_server_run(server, &error), TCPSTORE_ESTATE);
    tcpstore_server_free(server);
    assert_false(has_thread_named("tcpstore"));
}

static void a_stop_before_run_makes_it_return_at_once(void **state)
{
    struct tcpstore_server_options options = local_options();
    struct tcpstore_server *server;

    (void)state;
    assert_int_equal(tcpstore_server_new(&options, NULL, &server), 0);
    tcpstore_server_stop(server);
    assert_int_equal(tcpstore_server_run(server, NULL), 0);
    tcpstore_server_stop(server);
    tcpstore_server_free(server);
}

static void one_that_never_ran_leaves_nothing_behind(void **state)
{
    struct tcpstore_server_options options = local_options();
    size_t before = count_descriptors();
    struct tcpstore_server *server;

    (void)state;
    assert_int_equal(tcpstore_server_new(&options, NULL, &server), 0);
    assert_true(count_descriptors() > before);
    tcpstore_server_free(server);
    tcpstore_server_free(NULL);
    assert_int_equal(count_descriptors(), before);
}

/* libuv would abort when it closes one of its own that has such a number. */
static void no_descriptor_has_the_number_of_a_standard_stream(void **state)
{
    struct tcpstore_server *server;
    int saved[3], taken, client;

    (void)state;
    for (int fd = 0; fd < 3; fd++)
        saved[fd] = fcntl(fd, F_DUPFD, 10);
    for (int fd = 0; fd < 3; fd++)
        close(fd);
    server = start_local();
    client = join("127.0.0.1", tcpstore_server_port(server)); /* the first free one is ours */
    taken = fcntl(1, F_GETFD) >= 0 || fcntl(2, F_GETFD) >= 0;
    close(client);
    tcpstore_server_free(server);
    for (int fd = 0; fd < 3; fd++) {
        dup2(saved[fd], fd);
        close(saved[fd]);
    }
    assert_int_equal(client, 0);
    assert_false(taken);
}

static void servers_share_nothing(void **state)
{
    struct tcpstore_server *one = start_local();
    struct tcpstore_server *two = start_local();
    int first = join("127.0.0.1", tcpstore_server_port(one));
    int second = join("127.0.0.1", tcpstore_server_port(two));
    struct buffer requests = {0};

    (void)state;
    add_valued(&requests, OP_SET, "k", text("v"));
    send_all(first, &requests);
    ping(first);
    add_bare(&requests, OP_GETNUMKEYS);
    send_all(second, &requests);
    assert_reply(second, span_of("\0\0\0\0\0\0\0\0", 8));
    tcpstore_server_free(one);
    assert_closed(first);
    ping(second);
    tcpstore_server_free(two);
    close(first);
    close(second);
    buffer_free(&requests);
}

struct flood {
    uint16_t port;
};

/* Sends until the server is gone. */
static void *flood(void *argument)
{
    const struct flood *flood = argument;
    int fd = connect_to("127.0.0.1", flood->port);
    struct buffer requests = {0};

    add_word(&requests, OP_VALIDATE, MAGIC);
    send_all(fd, &requests);
    for (int i = 0; i < 500; i++)
        add_valued(&requests, OP_SET, "key", text("value"));
    while (send(fd, requests.bytes, requests.len, MSG_NOSIGNAL) == (ssize_t)requests.len)
        continue;
    close(fd);
    buffer_free(&requests);
    return NULL;
}

static void *stop(void *server)
{
    tcpstore_server_stop(server);
    return NULL;
}

static void it_stops_under_load_from_several_threads(void **state)
{
    enum { THREADS = 4 };
    size_t before = count_descriptors();
    struct tcpstore_server *server = start_local();
    struct flood load = {tcpstore_server_port(server)};
    pthread_t floods[THREADS], stops[THREADS];
    int fd = join("127.0.0.1", load.port);

    (void)state;
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&floods[i], NULL, flood, &load), 0);
    for (int i = 0; i < 100; i++)
        ping(fd);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&stops[i], NULL, stop, server), 0);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(stops[i], NULL);
        pthread_join(floods[i], NULL);
    }
    assert_closed(fd);
    close(fd);
    tcpstore_server_free(server);
    assert_int_equal(count_descriptors(), before);
}

static void a_stranger_is_closed_when_its_time_is_up(void **state)
{
    struct tcpstore_server_options options = local_options();
    struct tcpstore_server *server;
    int member, stranger;

    (void)state;
    options.limits.validate_ms = 50;
    server = start(&options);
    member = join("127.0.0.1", tcpstore_server_port(server));
    stranger = connect_to("127.0.0.1", tcpstore_server_port(server));
    assert_closed(stranger);
    ping(member);
    close(member);
    close(stranger);
    tcpstore_server_free(server);
}

enum { LARGE = 3 << 20, GETS = 60 };

static void store_large(int fd, struct buffer *requests, uint8_t *value)
{
    for (size_t i = 0; i < LARGE; i++)
        value[i] = (uint8_t)(i * 31 + i / 251);
    add_valued(requests, OP_SET, "large", span_of(value, LARGE));
    send_all(fd, requests);
    ping(fd);
}

/* A server with a large value, a client that asks for it, and another client. */
struct large {
    struct tcpstore_server *server;
    uint8_t *value;
    struct buffer requests;
    int fd;
    int other;
};

static void large_begin(struct large *large, const struct tcpstore_server_options *options)
{
    *large = (struct large){.server = start(options), .value = malloc(LARGE)};
    assert_non_null(large->value);
    large->fd = join("127.0.0.1", tcpstore_server_port(large->server));
    large->other = join("127.0.0.1", tcpstore_server_port(large->server));
    store_large(large->fd, &large->requests, large->value);
}

static void large_end(struct large *large)
{
    close(large->fd);
    close(large->other);
    tcpstore_server_free(large->server);
    buffer_free(&large->requests);
    free(large->value);
}

static void request_all_and_end(struct large *large)
{
    for (int i = 0; i < GETS; i++)
        add_keyed(&large->requests, OP_GET, "large");
    send_all(large->fd, &large->requests);
    assert_int_equal(shutdown(large->fd, SHUT_WR), 0);
}

static void read_large(int fd, const uint8_t *value)
{
    static const uint8_t length[8] = {0, 0, LARGE >> 16};

    assert_reply(fd, span_of(length, sizeof(length)));
    assert_reply(fd, span_of(value, LARGE));
}

static void read_all(const struct large *large)
{
    for (int i = 0; i < GETS; i++)
        read_large(large->fd, large->value);
    assert_closed(large->fd);
}

/* 180 MB of replies within 32 MB of memory; half-closed, so that nothing is left to send. */
static void a_late_reader_gets_every_reply_within_the_memory_limit(void **state)
{
    struct tcpstore_server_options options = local_options();
    struct large large;

    (void)state;
    options.limits.memory_bytes = 32 << 20;
    large_begin(&large, &options);
    request_all_and_end(&large);
    ping(large.other);
    read_all(&large);
    ping(large.other);
    large_end(&large);
}

/* With a mark so high that reading is never paused, the server sees the end of the requests
 * while their replies still wait. */
static void who_has_ended_still_gets_its_replies(void **state)
{
    struct tcpstore_server_options options = local_options();
    struct large large;

    (void)state;
    options.limits.output_high_water = options.limits.output_hard_cap / 3;
    large_begin(&large, &options);
    request_all_and_end(&large);
    for (int i = 0; i < 3; i++)
        ping(large.other); /* the loop has turned: the end has been read */
    read_all(&large);
    large_end(&large);
}

static void a_reply_past_the_hard_cap_closes_who_asked_for_it(void **state)
{
    struct tcpstore_server_options options = local_options();
    struct large large;
    ssize_t len;

    (void)state;
    options.limits.output_hard_cap = (size_t)2 * LARGE;
    options.limits.value_bytes = LARGE;
    large_begin(&large, &options);
    add_keys(&large.requests, OP_MULTI_GET, "large large large");
    send_all(large.fd, &large.requests);
    for (size_t read = 0; (len = receive(large.fd, large.value, LARGE)) > 0;) {
        read += (size_t)len;
        assert_true(read < 3 * (8 + (size_t)LARGE));
    }
    assert_true(len == 0 || errno == ECONNRESET);
    ping(large.other);
    large_end(&large);
}

static volatile sig_atomic_t pipes_broken;

static void on_sigpipe(int number)
{
    (void)number;
    pipes_broken = 1;
}

static void *run(void *server)
{
    assert_int_equal(tcpstore_server_run(server, NULL), 0);
    return NULL;
}

/* A client that has ended its side and then goes with replies unread: the next write to it is
 * the one that the kernel answers with SIGPIPE. */
static void no_sigpipe_reaches_the_process(void **state)
{
    struct sigaction action = {.sa_handler = on_sigpipe}, before;
    struct tcpstore_server_options options = local_options();
    struct tcpstore_server *server;
    struct buffer requests = {0};
    uint8_t *value = malloc(LARGE);
    pthread_t thread;
    int other;

    (void)state;
    assert_non_null(value);
    sigaction(SIGPIPE, &action, &before);
    assert_int_equal(tcpstore_server_new(&options, NULL, &server), 0);
    assert_int_equal(pthread_create(&thread, NULL, run, server), 0);
    other = join("127.0.0.1", tcpstore_server_port(server));
    store_large(other, &requests, value);
    for (int i = 0; i < 50; i++) {
        int fd = join("127.0.0.1", tcpstore_server_port(server));

        for (int j = 0; j < 4; j++)
            add_keyed(&requests, OP_GET, "large");
        send_all(fd, &requests);
        assert_int_equal(shutdown(fd, SHUT_WR), 0);
        assert_reply(fd, span_of("\0", 1)); /* it is being written to */
        close(fd);
    }
    ping(other);
    tcpstore_server_stop(server);
    pthread_join(thread, NULL);
    assert_int_equal(pipes_broken, 0);
    sigaction(SIGPIPE, &before, NULL);
    close(other);
    tcpstore_server_free(server);
    buffer_free(&requests);
    free(value);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits_out_of_range_are_refused_by_name),
        cmocka_unit_test(a_hard_cap_below_a_value_and_what_may_wait_before_it_is_refused),
        cmocka_unit_test(addresses_that_cannot_be_had_are_refused_with_the_next_step),
        cmocka_unit_test(every_interface_takes_both_families),
        cmocka_unit_test(an_address_that_another_one_includes_needs_no_socket),
        cmocka_unit_test(several_addresses_share_a_free_port),
        cmocka_unit_test(a_socket_handed_over_is_served_and_then_closed),
        cmocka_unit_test(a_socket_that_does_not_fit_is_refused_and_untouched),
        cmocka_unit_test(what_is_no_network_is_refused),
        cmocka_unit_test(a_host_that_is_not_allowed_is_closed),
        cmocka_unit_test(a_server_without_descriptors_is_refused_with_the_next_step),
        cmocka_unit_test(it_runs_once_in_a_thread_of_that_name),
        cmocka_unit_test(a_stop_before_run_makes_it_return_at_once),
        cmocka_unit_test(one_that_never_ran_leaves_nothing_behind),
        cmocka_unit_test(no_descriptor_has_the_number_of_a_standard_stream),
        cmocka_unit_test(servers_share_nothing),
        cmocka_unit_test(it_stops_under_load_from_several_threads),
        cmocka_unit_test(a_stranger_is_closed_when_its_time_is_up),
        cmocka_unit_test(a_late_reader_gets_every_reply_within_the_memory_limit),
        cmocka_unit_test(who_has_ended_still_gets_its_replies),
        cmocka_unit_test(a_reply_past_the_hard_cap_closes_who_asked_for_it),
        cmocka_unit_test(no_sigpipe_reaches_the_process),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
