#include "server/descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/error.h"

enum {
    PAIRS = 6,
    NEEDED = 2 * PAIRS, /* the loop's seven, HTTP's two, a listener, a client, one to spare */
    TABLE = 64 << 10,   /* descriptors; the kernel takes 8 bytes for each */
};

void descriptors_hold(struct held_descriptors *ret_held)
{
    ret_held->count = 0;
    for (int standard = STDIN_FILENO; standard <= STDERR_FILENO; standard++) {
        int fd = fcntl(standard, F_GETFD) < 0 ? open("/", O_PATH | O_CLOEXEC) : -1;

        if (fd >= 0)
            ret_held->fds[ret_held->count++] = fd;
    }
}

void descriptors_release(const struct held_descriptors *held)
{
    for (int i = 0; i < held->count; i++)
        close(held->fds[i]);
}

/* Returns 0 or an errno. */
static int try_to_open(void)
{
    int pairs[PAIRS][2];
    size_t count = 0;
    int error = 0;

    while (count < PAIRS && error == 0) {
        if (pipe2(pairs[count], O_CLOEXEC))
            error = errno;
        else
            count++;
    }
    while (count > 0) {
        count--;
        close(pairs[count][0]);
        close(pairs[count][1]);
    }
    return error;
}

int descriptors_check(struct tcpstore_error *error)
{
    int system_error = try_to_open();

    if (system_error == 0)
        return 0;
    return error_set(
        error, TCPSTORE_ESYSTEM,
        "a server needs %d files besides those that are open: %s; raise the limit: ulimit -n, "
        "or LimitNOFILE= of systemd",
        NEEDED, strerror(system_error));
}

void descriptors_reserve(size_t clients)
{
    struct rlimit limit;
    size_t last = clients < TABLE - NEEDED ? clients + NEEDED : TABLE - 1;
    int fd;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && last >= limit.rlim_cur)
        last = (size_t)limit.rlim_cur - 1;
    fd = open("/", O_PATH | O_CLOEXEC);
    if (fd < 0)
        return;
    close(fcntl(fd, F_DUPFD_CLOEXEC, (int)last));
    close(fd);
}

/* libuv's table holds a pointer for each descriptor, and two more, in a power of two. */
bool descriptors_can_watch(const uv_loop_t *loop, int fd, struct memory *memory)
{
    size_t size = 2 * ((size_t)fd + 3) * sizeof(void *);
    void *probe;

    if ((unsigned)fd < loop->nwatchers)
        return true;
    probe = memory_alloc(memory, size);
    memory_free(memory, probe, size);
    return probe != NULL;
}
