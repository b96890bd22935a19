/*
 * Lines waiting to be written, in a ring of fixed size. Lines that do not fit are lost and
 * counted; the count is reported in their place. Not thread-safe.
 */
#ifndef TCPSTORED_LINE_QUEUE_H
#define TCPSTORED_LINE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LINE_QUEUE_BYTES = 256 * 1024 };

/* All zero: empty. Positions count all bytes ever put in. */
struct line_queue {
    uint64_t head;
    uint64_t tail;
    uint64_t lines;   /* between them */
    uint64_t lost;    /* lines */
    uint64_t lost_at; /* position of the first lost line; valid if `lost` > 0 */
    char bytes[LINE_QUEUE_BYTES];
};

/* Adds one line of `len` bytes with its newline, or counts it as lost if it does not fit. */
void line_queue_put(struct line_queue *queue, const char *line, size_t len);

/* Takes whole lines from the front, at most `size` bytes, up to the first lost line. Returns
 * the number of bytes: 0 if the queue is empty or lost lines have to be reported first. */
size_t line_queue_take(struct line_queue *queue, size_t size, char *ret_lines);

/* The number of lines lost at the front; 0 if the next line is in the queue. */
uint64_t line_queue_lost(const struct line_queue *queue);

/* Call it when `count` of the lost lines have been reported. */
void line_queue_reported(struct line_queue *queue, uint64_t count);

/* Counts as lost `count` lines that were taken, and all lines in the queue. */
void line_queue_lose(struct line_queue *queue, uint64_t count);

bool line_queue_is_empty(const struct line_queue *queue);

/* The number of newlines. */
uint64_t line_count(const char *bytes, size_t len);

#endif
