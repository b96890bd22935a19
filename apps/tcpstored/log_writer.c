#include "tcpstored/log_writer.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "tcpstored/background.h"
#include "tcpstored/line_queue.h"
#include "tcpstored/write_all.h"

/* What the thread writes next. */
struct batch {
    uint64_t lost; /* the lost lines that it reports; 0: it holds lines from the queue */
    size_t len;
    char bytes[1 + LOG_LINE_MAX];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* never held during a write */
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static struct line_queue queue;
static log_lost_fn *format_lost;
static bool failing; /* the last write failed; the next line is the next attempt */
static bool torn;    /* the last write ended inside a line */
static bool ending;
static atomic_bool idle = true;

static bool has_work(void)
{
    return !line_queue_is_empty(&queue) || (line_queue_lost(&queue) > 0 && !failing);
}

/* Returns false when the thread should exit. */
static bool wait_for_work(void)
{
    while (!has_work()) {
        atomic_store(&idle, true);
        if (ending)
            return false;
        pthread_cond_wait(&changed, &lock);
    }
    return true;
}

/* A newline first ends a line that was only partly written. */
static size_t fill_with_lost(struct batch *batch)
{
    batch->bytes[0] = '\n';
    return torn + format_lost(batch->lost, batch->bytes + torn);
}

static void fill(struct batch *batch)
{
    batch->lost = line_queue_lost(&queue);
    batch->len = batch->lost > 0 ? fill_with_lost(batch)
                                 : line_queue_take(&queue, LOG_LINE_MAX, batch->bytes);
}

static void account(const struct batch *batch, size_t written)
{
    size_t left = batch->len - written;

    failing = left > 0;
    if (written > 0)
        torn = batch->bytes[written - 1] != '\n';
    if (failing)
        line_queue_lose(&queue, batch->lost > 0 ? 0 : line_count(batch->bytes + written, left));
    else if (batch->lost > 0)
        line_queue_reported(&queue, batch->lost);
}

static void write_lines(void *context)
{
    struct batch batch;

    (void)context;
    pthread_mutex_lock(&lock);
    while (wait_for_work()) {
        size_t written;

        fill(&batch);
        pthread_mutex_unlock(&lock);
        written = write_all(STDERR_FILENO, batch.bytes, batch.len);
        pthread_mutex_lock(&lock);
        account(&batch, written);
    }
    pthread_mutex_unlock(&lock);
}

int log_writer_start(log_lost_fn *format)
{
    format_lost = format;
    return background_start(write_lines, NULL);
}

void log_writer_put(const char *line, size_t len)
{
    pthread_mutex_lock(&lock);
    line_queue_put(&queue, line, len);
    atomic_store(&idle, false);
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&lock);
}

void log_writer_end(void)
{
    pthread_mutex_lock(&lock);
    ending = true;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&lock);
}

bool log_writer_is_idle(void)
{
    return atomic_load(&idle);
}
