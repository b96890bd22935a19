/* Standard streams that are closed when a program starts. */
#include "support/test.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/standard_streams.h"

/* Copies of the test's own streams. */
struct saved {
    int fds[3];
};

static struct saved close_streams(void)
{
    struct saved saved;

    for (int fd = 0; fd < 3; fd++)
        saved.fds[fd] = fcntl(fd, F_DUPFD, 10);
    for (int fd = 0; fd < 3; fd++)
        close(fd);
    return saved;
}

static void restore_streams(const struct saved *saved)
{
    for (int fd = 0; fd < 3; fd++) {
        dup2(saved->fds[fd], fd);
        close(saved->fds[fd]);
    }
}

static void closed_streams_are_filled_and_fail_with_ebadf(void **state)
{
    struct saved saved = close_streams();
    int code = standard_streams_fill("program");
    int failures = 0;
    char byte = 0;

    (void)state;
    for (int fd = 0; fd < 3; fd++) {
        failures += fcntl(fd, F_GETFD) < 0;
        failures += read(fd, &byte, 1) != -1 || errno != EBADF;
        failures += write(fd, &byte, 1) != -1 || errno != EBADF;
    }
    restore_streams(&saved);
    assert_int_equal(code, 0);
    assert_int_equal(failures, 0);
}

static void open_streams_are_unchanged(void **state)
{
    int fds[2];
    int before, code, after;
    char byte;

    (void)state;
    assert_int_equal(pipe(fds), 0);
    before = dup(STDOUT_FILENO);
    assert_true(before >= 0);
    dup2(fds[1], STDOUT_FILENO);
    code = standard_streams_fill("program");
    after = write(STDOUT_FILENO, "x", 1) == 1 && read(fds[0], &byte, 1) == 1;
    dup2(before, STDOUT_FILENO);
    close(before);
    close(fds[0]);
    close(fds[1]);
    assert_int_equal(code, 0);
    assert_true(after);
}

static void a_limit_of_no_descriptors_is_an_error_with_the_reason(void **state)
{
    struct rlimit limit, none;
    int fds[2];
    struct saved saved;
    char message[256] = "";
    int code;

    (void)state;
    assert_int_equal(pipe(fds), 0);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    none = (struct rlimit){.rlim_cur = 0, .rlim_max = limit.rlim_max};
    saved = close_streams();
    dup2(fds[1], STDERR_FILENO);
    setrlimit(RLIMIT_NOFILE, &none);
    code = standard_streams_fill("program");
    setrlimit(RLIMIT_NOFILE, &limit);
    restore_streams(&saved);
    close(fds[1]);
    assert_true(read(fds[0], message, sizeof(message) - 1) > 0);
    close(fds[0]);
    assert_int_equal(code, -1);
    assert_string_equal(
        message, "program: descriptor 0 is closed and cannot be filled: Too many open files; "
                 "redirect it\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(closed_streams_are_filled_and_fail_with_ebadf),
        cmocka_unit_test(open_streams_are_unchanged),
        cmocka_unit_test(a_limit_of_no_descriptors_is_an_error_with_the_reason),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
