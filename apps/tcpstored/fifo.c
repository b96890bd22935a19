/*
 * Happy path: a thread opens the FIFO, which blocks until a reader opens it, writes, closes and
 * exits. A stop does not wait for it.
 *
 * Ways to fail: the reader leaves before the write: the thread waits for the next one. The FIFO
 * has been removed: the thread exits. No thread can be started: the caller gets the error.
 */
#include "tcpstored/fifo.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tcpstored/background.h"

struct errand {
    char *path;
    char *text;
    size_t len;
};

static void errand_free(struct errand *errand)
{
    free(errand->path);
    free(errand->text);
    free(errand);
}

static struct errand *errand_new(const char *path, const char *text, size_t len)
{
    struct errand *errand = calloc(1, sizeof(*errand));

    if (errand == NULL)
        return NULL;
    *errand = (struct errand){.path = strdup(path), .text = strndup(text, len), .len = len};
    if (errand->path != NULL && errand->text != NULL)
        return errand;
    errand_free(errand);
    return NULL;
}

static void run(void *context)
{
    struct errand *errand = context;
    bool reader_left;

    do {
        int fd = open(errand->path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);

        if (fd < 0)
            break;
        reader_left = write(fd, errand->text, errand->len) < 0 && errno == EPIPE;
        close(fd);
    } while (reader_left);
    errand_free(errand);
}

int fifo_write_later(const char *path, const char *text, size_t len)
{
    struct errand *errand = errand_new(path, text, len);
    int error = errand == NULL ? ENOMEM : background_start_unawaited(run, errand);

    if (error == 0)
        return 0;
    if (errand != NULL)
        errand_free(errand);
    errno = error;
    return -1;
}
