/*
 * Lines that wait to be written, in fixed memory. Lines that find no room are lost and counted,
 * and the queue remembers where: the count is reported in their place. Not thread-safe.
 */
#ifndef TCPSTORED_LINE_QUEUE_H
#define TCPSTORED_LINE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LINE_QUEUE_BYTES = 256 * 1024 };

/* All zero: empty. Positions count all bytes that were ever put in. */
struct line_queue {
    uint64_t head;
    uint64_t tail;
    uint64_t lines;   /* between them */
    uint64_t lost;    /* lines */
    uint64_t lost_at; /* the position of the first of them; counts if `lost` is not 0 */
    char bytes[LINE_QUEUE_BYTES];
};

/* Adds `len` bytes, which are one line with its newline. It is lost if there is no room. */
void line_queue_put(struct line_queue *queue, const char *line, size_t len);

/* Takes whole lines from the front, at most `size` bytes, up to the place of lost ones. Returns
 * the number of bytes: 0 if there are no lines, or lost ones have to be reported first. */
size_t line_queue_take(struct line_queue *queue, size_t size, char *ret_lines);

/* How many lines were lost at the front; 0 if the next line is in the queue. */
uint64_t line_queue_lost(const struct line_queue *queue);

/* `count` of those have been reported. */
void line_queue_reported(struct line_queue *queue, uint64_t count);

/* `count` lines that were taken are lost after all, and so are those in the queue. */
void line_queue_lose(struct line_queue *queue, uint64_t count);

bool line_queue_is_empty(const struct line_queue *queue);

/* The number of newlines. */
uint64_t line_count(const char *bytes, size_t len);

#endif
