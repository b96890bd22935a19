/* What a ring holds, as a file: the format is in record/segment.h. The bytes of values are
 * cleared in the ring itself, so that nothing that leaves it has any. */
#ifndef RECORD_SNAPSHOT_H
#define RECORD_SNAPSHOT_H

#include "record/record.h"

/* The pieces of a file: `head`, then `segments`, which lie in the ring. Valid until the next
 * entry is added. */
struct record_view {
    uint8_t head[FILE_HEAD];
    struct span segments[RECORD_BLOCKS];
    size_t count;     /* of `segments` */
    size_t len;       /* of the file, in bytes */
    uint64_t entries; /* in it */
};

/* `after` is the number of the last entry that the reader has, 0 for all. The first segment may
 * begin before the entry that follows it. `origin` is for the head. Async-signal-safe. */
void record_view(
    struct record *record, uint64_t after, int64_t origin, struct record_view *ret_view);

/* Copies the file to `bytes`, which has room for `view->len`. */
void record_copy(const struct record_view *view, uint8_t *bytes);

#endif
