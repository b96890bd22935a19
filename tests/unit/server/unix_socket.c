/* Listening on Unix sockets: what may be replaced, who may connect when, what is removed. */
#include "server/unix_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/test.h"

enum { MODE = 0600, PATH_SIZE = 300 };

static mode_t mode_at_listen; /* of the socket's file, when listen was called */

/* The linker's names. NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*) */
int __real_listen(int fd, int backlog);
int __wrap_listen(int fd, int backlog);

int __wrap_listen(int fd, int backlog)
{
    struct sockaddr_un address;
    socklen_t len = sizeof(address);
    struct stat status;

    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    assert_int_equal(stat(address.sun_path, &status), 0);
    mode_at_listen = status.st_mode;
    return __real_listen(fd, backlog);
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

/* A directory of its own for each test. */
struct place {
    char directory[32];
    char path[64];
};

static void begin(struct place *place)
{
    snprintf(place->directory, sizeof(place->directory), "/tmp/unix_socket.XXXXXX");
    assert_non_null(mkdtemp(place->directory));
    snprintf(place->path, sizeof(place->path), "%s/s", place->directory);
}

/* Fails unless the directory is empty. */
static void end(const struct place *place)
{
    assert_int_equal(rmdir(place->directory), 0);
}

static struct unix_file file_at(const char *path)
{
    return (struct unix_file){
        .path = path, .mode = MODE, .user = UNIX_OWNER_KEPT, .group = UNIX_OWNER_KEPT};
}

static struct unix_socket open_at(const char *path)
{
    const struct unix_file file = file_at(path);
    struct tcpstore_error error = {.text = ""};
    struct unix_socket socket;

    if (unix_socket_listen(&file, &error, &socket))
        fail_msg("%s", error.text);
    return socket;
}

static void assert_refused(const struct unix_file *file, int code, const char *word)
{
    struct tcpstore_error error = {.text = ""};
    struct unix_socket socket;

    assert_int_equal(unix_socket_listen(file, &error, &socket), code);
    if (strstr(error.text, word) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", error.text, word);
}

/* Returns the errno of connect. */
static int connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    int error;

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    error = connect(fd, (struct sockaddr *)&address, sizeof(address)) ? errno : 0;
    close(fd);
    return error;
}

static void stop(const struct unix_socket *socket)
{
    unix_socket_remove_file(socket);
    close(socket->fd);
}

static void listen_accepts_without_blocking_and_remove_file_leaves_nothing(void **state)
{
    struct place place;
    struct unix_socket socket;

    (void)state;
    begin(&place);
    socket = open_at(place.path);
    assert_string_equal(socket.path, place.path);
    assert_int_equal(fcntl(socket.fd, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
    assert_int_equal(fcntl(socket.fd, F_GETFD), FD_CLOEXEC);
    assert_int_equal(connect_to(place.path), 0);
    stop(&socket);
    end(&place);
}

static void the_mode_is_that_of_the_options_before_anybody_can_connect(void **state)
{
    static const mode_t umasks[] = {0, 022, 0777};
    static const uint32_t modes[] = {0, 0600, 0660, 0777};

    (void)state;
    for (size_t i = 0; i < sizeof(umasks) / sizeof(umasks[0]); i++) {
        for (size_t k = 0; k < sizeof(modes) / sizeof(modes[0]); k++) {
            mode_t before;
            struct place place;
            struct unix_file file;
            struct unix_socket socket;
            struct stat status;

            begin(&place);
            file = file_at(place.path);
            file.mode = modes[k];
            before = umask(umasks[i]);
            assert_int_equal(unix_socket_listen(&file, NULL, &socket), 0);
            umask(before);
            assert_int_equal(stat(place.path, &status), 0);
            assert_int_equal(status.st_mode, S_IFSOCK | modes[k]);
            assert_int_equal(mode_at_listen, status.st_mode);
            assert_int_equal(status.st_uid, geteuid());
            stop(&socket);
            end(&place);
        }
    }
}

static void the_owner_is_that_of_the_options(void **state)
{
    struct place place;
    struct unix_file file;
    struct unix_socket socket;
    struct stat status;

    (void)state;
    if (geteuid() != 0)
        skip();
    begin(&place);
    file = file_at(place.path);
    file.user = 4711;
    file.group = 4712;
    assert_int_equal(unix_socket_listen(&file, NULL, &socket), 0);
    assert_int_equal(stat(place.path, &status), 0);
    assert_int_equal(status.st_uid, 4711);
    assert_int_equal(status.st_gid, 4712);
    stop(&socket);
    end(&place);
}

static void a_socket_on_which_nobody_listens_is_replaced(void **state)
{
    struct place place;
    struct unix_socket left, socket;

    (void)state;
    begin(&place);
    left = open_at(place.path);
    close(left.fd);
    assert_int_equal(connect_to(place.path), ECONNREFUSED);
    socket = open_at(place.path);
    assert_int_equal(connect_to(place.path), 0);
    stop(&socket);
    end(&place);
}

static void a_socket_on_which_a_program_listens_stays(void **state)
{
    struct place place;
    struct unix_socket socket;
    struct unix_file file;

    (void)state;
    begin(&place);
    socket = open_at(place.path);
    file = file_at(place.path);
    assert_refused(&file, TCPSTORE_EADDRINUSE, place.path);
    assert_refused(&file, TCPSTORE_EADDRINUSE, "stop it");
    assert_int_equal(connect_to(place.path), 0);
    stop(&socket);
    end(&place);
}

static void a_socket_with_a_full_queue_stays(void **state)
{
    struct place place;
    struct unix_socket socket;
    struct unix_file file;

    (void)state;
    begin(&place);
    socket = open_at(place.path);
    assert_int_equal(listen(socket.fd, 0), 0); /* one client fills it */
    assert_int_equal(connect_to(place.path), 0);
    file = file_at(place.path);
    assert_refused(&file, TCPSTORE_EADDRINUSE, "listens there already");
    stop(&socket);
    end(&place);
}

static void a_datagram_socket_stays(void **state)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct place place;
    struct unix_file file;
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

    (void)state;
    begin(&place);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", place.path);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    file = file_at(place.path);
    assert_refused(&file, TCPSTORE_ESYSTEM, "is unknown");
    assert_int_equal(unlink(place.path), 0);
    close(fd);
    end(&place);
}

static void a_file_that_is_no_socket_stays(void **state)
{
    struct place place;
    struct unix_file file;
    char target[PATH_SIZE];

    (void)state;
    begin(&place);
    file = file_at(place.path);
    close(open(place.path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    assert_refused(&file, TCPSTORE_EINVAL, "no socket is there");
    assert_int_equal(unlink(place.path), 0);
    snprintf(target, sizeof(target), "%s/target", place.directory);
    assert_int_equal(symlink(target, place.path), 0);
    assert_refused(&file, TCPSTORE_EINVAL, "no socket is there");
    assert_int_equal(unlink(place.path), 0);
    end(&place);
}

static void a_path_that_an_address_cannot_hold_is_refused(void **state)
{
    char longest[UNIX_PATH_SIZE + 1] = "";
    struct unix_file file = file_at(longest);

    (void)state;
    assert_refused(&file, TCPSTORE_EINVAL, "empty");
    memset(longest, 'x', sizeof(longest) - 1);
    assert_refused(&file, TCPSTORE_EINVAL, "has 108 bytes, a Unix socket can have 107");
    longest[UNIX_PATH_SIZE - 1] = '\0';
    assert_int_equal(unix_file_check(&file, NULL), 0);
    file.mode = 01000;
    assert_refused(&file, TCPSTORE_EINVAL, "unix-mode 1000");
}

static void the_longest_path_is_listened_on(void **state)
{
    struct place place;
    struct unix_socket socket;
    char path[UNIX_PATH_SIZE];
    size_t len;

    (void)state;
    begin(&place);
    len = strlen(place.directory);
    memcpy(path, place.directory, len);
    path[len] = '/';
    memset(path + len + 1, 'x', sizeof(path) - len - 2);
    path[sizeof(path) - 1] = '\0';
    socket = open_at(path);
    assert_int_equal(access(path, F_OK), 0);
    stop(&socket);
    end(&place);
}

static void a_directory_that_does_not_exist_is_named(void **state)
{
    struct place place;
    struct unix_file file;

    (void)state;
    begin(&place);
    end(&place);
    file = file_at(place.path);
    assert_refused(&file, TCPSTORE_ESYSTEM, "a directory that must exist: No such file");
}

static void remove_file_leaves_the_socket_of_another_server(void **state)
{
    struct place place;
    struct unix_socket first, second;

    (void)state;
    begin(&place);
    first = open_at(place.path);
    assert_int_equal(unlink(place.path), 0);
    second = open_at(place.path);
    stop(&first);
    assert_int_equal(connect_to(place.path), 0);
    stop(&second);
    end(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(listen_accepts_without_blocking_and_remove_file_leaves_nothing),
        cmocka_unit_test(the_mode_is_that_of_the_options_before_anybody_can_connect),
        cmocka_unit_test(the_owner_is_that_of_the_options),
        cmocka_unit_test(a_socket_on_which_nobody_listens_is_replaced),
        cmocka_unit_test(a_socket_on_which_a_program_listens_stays),
        cmocka_unit_test(a_socket_with_a_full_queue_stays),
        cmocka_unit_test(a_datagram_socket_stays),
        cmocka_unit_test(a_file_that_is_no_socket_stays),
        cmocka_unit_test(a_path_that_an_address_cannot_hold_is_refused),
        cmocka_unit_test(the_longest_path_is_listened_on),
        cmocka_unit_test(a_directory_that_does_not_exist_is_named),
        cmocka_unit_test(remove_file_leaves_the_socket_of_another_server),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
