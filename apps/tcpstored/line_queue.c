#include "tcpstored/line_queue.h"

#include <string.h>

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t used(const struct line_queue *queue)
{
    return (size_t)(queue->tail - queue->head);
}

bool line_queue_is_empty(const struct line_queue *queue)
{
    return queue->head == queue->tail;
}

void line_queue_put(struct line_queue *queue, const char *line, size_t len)
{
    size_t at = queue->tail % LINE_QUEUE_BYTES;
    size_t to_end = smaller(len, LINE_QUEUE_BYTES - at);

    if (len > LINE_QUEUE_BYTES - used(queue)) {
        if (queue->lost++ == 0)
            queue->lost_at = queue->tail;
        return;
    }
    memcpy(queue->bytes + at, line, to_end);
    memcpy(queue->bytes, line + to_end, len - to_end);
    queue->tail += len;
    queue->lines++;
}

uint64_t line_count(const char *bytes, size_t len)
{
    uint64_t count = 0;

    for (size_t i = 0; i < len; i++)
        count += bytes[i] == '\n';
    return count;
}

/* The length of the whole lines in the first `len` bytes. */
static size_t whole_lines(const char *bytes, size_t len)
{
    const char *last = memrchr(bytes, '\n', len);

    return last == NULL ? 0 : (size_t)(last - bytes) + 1;
}

size_t line_queue_take(struct line_queue *queue, size_t size, char *ret_lines)
{
    size_t at = queue->head % LINE_QUEUE_BYTES;
    size_t len = smaller(size, used(queue));
    size_t to_end;

    if (queue->lost > 0)
        len = smaller(len, (size_t)(queue->lost_at - queue->head));
    to_end = smaller(len, LINE_QUEUE_BYTES - at);
    memcpy(ret_lines, queue->bytes + at, to_end);
    memcpy(ret_lines + to_end, queue->bytes, len - to_end);
    len = whole_lines(ret_lines, len);
    queue->head += len;
    queue->lines -= line_count(ret_lines, len);
    return len;
}

uint64_t line_queue_lost(const struct line_queue *queue)
{
    return queue->lost > 0 && queue->lost_at == queue->head ? queue->lost : 0;
}

void line_queue_reported(struct line_queue *queue, uint64_t count)
{
    queue->lost -= count;
}

void line_queue_lose(struct line_queue *queue, uint64_t count)
{
    queue->lost += count + queue->lines;
    queue->lines = 0;
    queue->head = queue->tail;
    queue->lost_at = queue->tail;
}
