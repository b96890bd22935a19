/* What a ring holds, as a file in one piece. */
#ifndef SUPPORT_RECORD_COPY_H
#define SUPPORT_RECORD_COPY_H

#include "record/snapshot.h"

/* Writes the file to `bytes`, which has room for FILE_HEAD and the ring's memory. Returns its
 * length. */
static inline size_t record_copy_all(
    struct record *record, uint64_t after, int64_t origin, uint8_t *bytes)
{
    struct record_view view;

    record_view(record, after, origin, &view);
    record_copy(&view, bytes);
    return view.len;
}

#endif
