#include "tcpstored/record_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "common/plain.h"
#include "tcpstored/background.h"
#include "tcpstored/log.h"
#include "tcpstored/write_all.h"

enum { QUOTED_MAX = 1024 /* bytes of a path in the log; a longer one is cut */ };

/* Set once, so that a signal handler can use them. */
static char path[PATH_MAX];
static char temporary[PATH_MAX];
static char fatal_temporary[PATH_MAX]; /* for signal handlers, while the other is written */
static char quoted[QUOTED_MAX + PLAIN_BYTE_MAX + 2];

static struct tcpstore_server *volatile fatal_server;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t written; /* uses the monotonic clock */
static bool writing;           /* in the background */

struct job {
    uint64_t entries;
    size_t size;
    char record[];
};

static int print(char target[PATH_MAX], const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static int print(char target[PATH_MAX], const char *format, ...)
{
    va_list arguments;
    int len;

    va_start(arguments, format);
    len = vsnprintf(target, PATH_MAX, format, arguments);
    va_end(arguments);
    if (len < PATH_MAX)
        return 0;
    errno = ENAMETOOLONG;
    return -1;
}

static int choose_path(const char *given)
{
    const char *folder = getenv("TMPDIR");

    if (given != NULL)
        return print(path, "%s", given);
    if (folder == NULL || *folder == '\0')
        folder = "/tmp";
    return print(path, "%s/tcpstored-%ld.record", folder, (long)getpid());
}

static int choose_temporaries(void)
{
    const char *slash = strrchr(path, '/');
    int folder_len = slash != NULL ? (int)(slash - path) + 1 : 0;
    uint64_t random;

    if (getrandom(&random, sizeof(random), 0) != sizeof(random))
        return -1;
    if (print(temporary, "%.*s.tcpstored-%016" PRIx64, folder_len, path, random))
        return -1;
    return print(fatal_temporary, "%.*s.tcpstored-%016" PRIx64, folder_len, path, ~random);
}

static void quote(void)
{
    char *at = quoted;

    *at++ = '"';
    for (const char *next = path; *next != '\0' && at < quoted + QUOTED_MAX; next++) {
        if (*next == '"' || *next == '\\')
            *at++ = '\\';
        at = plain_put(at, *next);
    }
    *at++ = '"';
    *at = '\0';
}

static void init_condition(void)
{
    pthread_condattr_t attributes;

    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&written, &attributes);
    pthread_condattr_destroy(&attributes);
}

int record_file_init(const char *given)
{
    init_condition();
    if (choose_path(given) || choose_temporaries())
        return -1;
    quote();
    return 0;
}

/* Async-signal-safe. */
static int create(const char *name)
{
    return open(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
}

/* Puts the file in its place if `status` is 0, else removes it. Returns -1 with errno set.
 * Async-signal-safe. */
static int finish(int fd, const char *name, int status)
{
    int error = errno;

    if (close(fd) && status == 0) {
        status = -1;
        error = errno;
    }
    if (status == 0 && rename(name, path) == 0)
        return 0;
    if (status == 0)
        error = errno;
    unlink(name);
    errno = error;
    return -1;
}

static int replace(const struct job *job)
{
    int fd = create(temporary);

    if (fd < 0)
        return -1;
    return finish(fd, temporary, write_all(fd, job->record, job->size) == job->size ? 0 : -1);
}

static void log_record_failure(int error)
{
    log_print(
        TCPSTORE_LOG_WARN, "event=record-failed file=%s reason=\"%s\"", quoted,
        strerror(error));
}

static void write_job(void *context)
{
    struct job *job = context;
    int error = replace(job) ? errno : 0;

    pthread_mutex_lock(&lock);
    if (error)
        log_record_failure(error);
    else
        log_print(
            TCPSTORE_LOG_INFO, "event=recorded file=%s entries=%" PRIu64, quoted, job->entries);
    writing = false;
    pthread_cond_signal(&written);
    pthread_mutex_unlock(&lock);
    free(job);
}

static int start_job(const void *record, size_t size, uint64_t entries)
{
    struct job *job = malloc(sizeof(*job) + size);
    int error;

    if (job == NULL)
        return ENOMEM;
    job->entries = entries;
    job->size = size;
    memcpy(job->record, record, size);
    error = background_start(write_job, job);
    if (error)
        free(job);
    return error;
}

/* One at a time, so that a stalled disk does not use up memory. */
static int start_if_idle(const void *record, size_t size, uint64_t entries)
{
    int error;

    pthread_mutex_lock(&lock);
    error = writing ? EBUSY : start_job(record, size, entries);
    if (error == 0)
        writing = true;
    pthread_mutex_unlock(&lock);
    return error;
}

void record_file_write(void *context, const void *record, size_t size, uint64_t entries)
{
    int error;

    (void)context;
    if (record == NULL) {
        log_print(
            TCPSTORE_LOG_WARN,
            "event=record-failed reason=\"--record is 0, or memory for a copy is refused\"");
        return;
    }
    error = start_if_idle(record, size, entries);
    if (error)
        log_record_failure(error);
}

void record_file_wait(int seconds)
{
    struct timespec deadline;
    int status = 0;

    clock_gettime(CLOCK_MONOTONIC, &deadline);
    deadline.tv_sec += seconds;
    pthread_mutex_lock(&lock);
    while (writing && status == 0)
        status = pthread_cond_timedwait(&written, &lock, &deadline);
    pthread_mutex_unlock(&lock);
}

void record_file_set_server(struct tcpstore_server *server)
{
    fatal_server = server;
}

/* Async-signal-safe. Returns the position after the digits. */
static char *put_number(char *at, uint64_t number)
{
    uint64_t unit = 1;

    while (number / unit >= 10)
        unit *= 10;
    for (; unit > 0; unit /= 10)
        *at++ = (char)('0' + number / unit % 10);
    return at;
}

void record_file_dump(void)
{
    struct tcpstore_server *server = fatal_server;
    char line[sizeof(quoted) + 64];
    int64_t entries;
    char *end;
    int fd;

    if (server == NULL)
        return;
    fd = create(fatal_temporary);
    if (fd < 0)
        return;
    entries = tcpstore_server_dump(server, fd);
    if (finish(fd, fatal_temporary, entries < 0 ? -1 : 0))
        return;
    end = stpcpy(stpcpy(line, "event=recorded file="), quoted);
    end = put_number(stpcpy(end, " entries="), (uint64_t)entries);
    *end = '\0';
    log_death(line);
}
