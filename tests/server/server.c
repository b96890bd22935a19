/* A server's life: run, start, stop, free, over real sockets. */
#include "support/test.h"

#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <tcpstore/server.h>

#include "support/heap.h"
#include "support/raw_client.h"
#include "support/store.h"

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

static int listen_on_loopback(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
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

static void start_runs_once_in_a_thread_named_tcpstore(void **state)
{
    struct tcpstore_server *server = store_start();
    struct tcpstore_error error;

    (void)state;
    assert_true(has_thread_named("tcpstore"));
    assert_int_equal(tcpstore_server_start(server, &error), TCPSTORE_ESTATE);
    assert_int_equal(tcpstore_server_run(server, &error), TCPSTORE_ESTATE);
    tcpstore_server_free(server);
    assert_false(has_thread_named("tcpstore"));
}

static void stop_before_run_makes_run_return_at_once(void **state)
{
    struct tcpstore_server_options options = store_server_options();
    struct tcpstore_server *server;

    (void)state;
    assert_int_equal(tcpstore_server_new(&options, NULL, &server), 0);
    tcpstore_server_stop(server);
    assert_int_equal(tcpstore_server_run(server, NULL), 0);
    tcpstore_server_stop(server);
    tcpstore_server_free(server);
}

static void free_of_a_server_that_never_ran_closes_its_descriptors(void **state)
{
    struct tcpstore_server_options options = store_server_options();
    size_t before = count_descriptors();
    struct tcpstore_server *server;

    (void)state;
    assert_int_equal(tcpstore_server_new(&options, NULL, &server), 0);
    assert_true(count_descriptors() > before);
    tcpstore_server_free(server);
    tcpstore_server_free(NULL);
    assert_int_equal(count_descriptors(), before);
}

/* libuv aborts when it closes one of its own descriptors below 3. */
static void a_server_opens_no_descriptor_below_3(void **state)
{
    struct tcpstore_server *server;
    int saved[3], taken, client;

    (void)state;
    for (int fd = 0; fd < 3; fd++)
        saved[fd] = fcntl(fd, F_DUPFD, 10);
    for (int fd = 0; fd < 3; fd++)
        close(fd);
    server = store_start();
    client =
        raw_join("127.0.0.1", tcpstore_server_port(server)); /* gets the lowest free number */
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

static void two_servers_share_nothing(void **state)
{
    struct tcpstore_server *one = store_start();
    struct tcpstore_server *two = store_start();
    int first = raw_join("127.0.0.1", tcpstore_server_port(one));
    int second = raw_join("127.0.0.1", tcpstore_server_port(two));
    struct buffer requests = {0};

    (void)state;
    add_valued(&requests, OP_SET, "k", text("v"));
    raw_send(first, &requests);
    raw_ping(first);
    add_bare(&requests, OP_GETNUMKEYS);
    raw_send(second, &requests);
    raw_assert_reply(second, span_of("\0\0\0\0\0\0\0\0", 8));
    tcpstore_server_free(one);
    raw_assert_closed(first);
    raw_ping(second);
    tcpstore_server_free(two);
    close(first);
    close(second);
    buffer_free(&requests);
}

/* Blocks it, sends it to this process, and returns whether it is still pending afterwards. */
static bool stays_pending(int number, void (*serve)(void))
{
    const struct timespec now = {0};
    sigset_t set, before;
    bool is_pending;

    sigemptyset(&set);
    sigaddset(&set, number);
    pthread_sigmask(SIG_BLOCK, &set, &before);
    kill(getpid(), number);
    serve();
    is_pending = sigtimedwait(&set, NULL, &now) == number;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return is_pending;
}

static void start_and_stop(void)
{
    struct tcpstore_server *server = store_start();
    int fd = raw_join("127.0.0.1", tcpstore_server_port(server));

    kill(getpid(), SIGUSR1);
    raw_ping(fd);
    close(fd);
    tcpstore_server_free(server);
}

static void a_started_server_leaves_signals_to_other_threads(void **state)
{
    (void)state;
    assert_true(stays_pending(SIGUSR1, start_and_stop));
}

static void run_and_stop(void)
{
    const struct tcpstore_server_options options = store_server_options();
    struct tcpstore_server *server;

    assert_int_equal(tcpstore_server_new(&options, NULL, &server), 0);
    tcpstore_server_stop(server);
    assert_int_equal(tcpstore_server_run(server, NULL), 0);
    tcpstore_server_free(server);
}

static void run_leaves_a_sigpipe_pending_that_was_pending_before(void **state)
{
    (void)state;
    assert_true(stays_pending(SIGPIPE, run_and_stop));
}

static void run_fails_if_the_socket_was_closed(void **state)
{
    struct tcpstore_server_options options = store_server_options();
    struct tcpstore_server *server;
    struct tcpstore_error error;
    int fd = listen_on_loopback();

    (void)state;
    options.listen_fd = fd;
    assert_int_equal(tcpstore_server_new(&options, &error, &server), 0);
    close(fd);
    assert_int_equal(tcpstore_server_run(server, &error), TCPSTORE_ESYSTEM);
    assert_non_null(strstr(error.text, "watching "));
    tcpstore_server_free(server);
}

/* Sends on the socket *argument until the server disconnects. */
static void *flood(void *argument)
{
    const int *fd = argument;
    struct buffer requests = {0};

    for (int i = 0; i < 500; i++)
        add_valued(&requests, OP_SET, "key", text("value"));
    while (send(*fd, requests.bytes, requests.len, MSG_NOSIGNAL) == (ssize_t)requests.len)
        continue;
    buffer_free(&requests);
    return NULL;
}

static void *stop(void *server)
{
    tcpstore_server_stop(server);
    return NULL;
}

static void stop_from_several_threads_under_load_disconnects_all(void **state)
{
    enum { THREADS = 4 };
    size_t before = count_descriptors();
    struct tcpstore_server *server = store_start();
    uint16_t port = tcpstore_server_port(server);
    pthread_t floods[THREADS], stops[THREADS];
    int flooding[THREADS];
    int fd = raw_join("127.0.0.1", port);

    (void)state;
    for (int i = 0; i < THREADS; i++) {
        flooding[i] = raw_join("127.0.0.1", port);
        assert_int_equal(pthread_create(&floods[i], NULL, flood, &flooding[i]), 0);
    }
    for (int i = 0; i < 100; i++)
        raw_ping(fd);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&stops[i], NULL, stop, server), 0);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(stops[i], NULL);
        pthread_join(floods[i], NULL);
        close(flooding[i]);
    }
    raw_assert_closed(fd);
    close(fd);
    tcpstore_server_free(server);
    assert_int_equal(count_descriptors(), before);
}

static void a_client_that_does_not_validate_in_time_is_disconnected(void **state)
{
    struct tcpstore_server_options options = store_server_options();
    struct tcpstore_server *server;
    int member, outsider;

    (void)state;
    options.limits.validate_ms = 50;
    server = store_start_with(&options);
    member = raw_join("127.0.0.1", tcpstore_server_port(server));
    outsider = raw_connect("127.0.0.1", tcpstore_server_port(server));
    raw_assert_closed(outsider);
    raw_ping(member);
    close(member);
    close(outsider);
    tcpstore_server_free(server);
}

static void new_without_memory_is_refused_at_each_allocation(void **state)
{
    static const char *const allowed[] = {"127.0.0.0/8"};
    struct tcpstore_server_options options = store_server_options();
    struct tcpstore_server *server = NULL;
    int code = TCPSTORE_ENOMEM;

    (void)state;
    options.allowed = allowed;
    options.allowed_count = 1;
    for (size_t refused = 1; code; refused++) {
        heap_refuse(refused);
        code = tcpstore_server_new(&options, NULL, &server);
        assert_true(code == 0 || heap_has_refused());
        assert_true(code == 0 || server == NULL);
    }
    heap_refuse(0);
    tcpstore_server_free(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(start_runs_once_in_a_thread_named_tcpstore),
        cmocka_unit_test(stop_before_run_makes_run_return_at_once),
        cmocka_unit_test(free_of_a_server_that_never_ran_closes_its_descriptors),
        cmocka_unit_test(a_server_opens_no_descriptor_below_3),
        cmocka_unit_test(two_servers_share_nothing),
        cmocka_unit_test(a_started_server_leaves_signals_to_other_threads),
        cmocka_unit_test(run_leaves_a_sigpipe_pending_that_was_pending_before),
        cmocka_unit_test(run_fails_if_the_socket_was_closed),
        cmocka_unit_test(stop_from_several_threads_under_load_disconnects_all),
        cmocka_unit_test(new_without_memory_is_refused_at_each_allocation),
        cmocka_unit_test(a_client_that_does_not_validate_in_time_is_disconnected),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
