/* Which process holds a socket: this one, or a child. */
#include "processes/processes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/test.h"

struct found {
    size_t count;
    size_t index;
    struct process process;
};

static void on_found(void *context, size_t index, const struct process *process)
{
    struct found *found = context;

    found->count++;
    found->index = index;
    found->process = *process;
}

static uint64_t inode_of(int fd)
{
    struct stat status;

    assert_int_equal(fstat(fd, &status), 0);
    return status.st_ino;
}

static void a_socket_of_this_process_is_found(void **state)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    uint64_t inodes[] = {1, inode_of(fd), UINT64_MAX};
    struct found found = {.count = 0};

    (void)state;
    processes_each_holder(inodes, 3, on_found, &found);
    assert_int_equal(found.count, 1);
    assert_int_equal(found.index, 1);
    assert_int_equal(found.process.pid, getpid());
    assert_int_equal(found.process.rank, -1);
    assert_non_null(strstr(found.process.name, "processes"));
    close(fd);
}

static void a_socket_that_is_inherited_is_its_parents(void **state)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    uint64_t inode = inode_of(fd);
    struct found found = {.count = 0};
    int end[2];
    pid_t child;

    (void)state;
    assert_int_equal(pipe(end), 0);
    child = fork();
    if (child == 0) {
        char byte;

        close(end[1]);
        _exit(read(end[0], &byte, 1) != 0);
    }
    processes_each_holder(&inode, 1, on_found, &found);
    close(end[1]);
    waitpid(child, NULL, 0);
    close(end[0]);
    close(fd);
    assert_int_equal(found.count, 1);
    assert_int_equal(found.process.pid, getpid() < child ? getpid() : child);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_socket_of_this_process_is_found),
        cmocka_unit_test(a_socket_that_is_inherited_is_its_parents),
    };

    unsetenv("RANK");
    unsetenv("SLURM_PROCID");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
