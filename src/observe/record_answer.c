#include <stdlib.h>

#include "observe/answers.h"
#include "record/snapshot.h"

/* A copy, since the ring goes on. */
bool answer_record(struct inquiry *inquiry)
{
    struct record *record = recorder_record(inquiry->sources->recorder);
    struct record_view view;
    uint64_t after;
    uint8_t *bytes;

    if (record == NULL) {
        inquiry_refuse(
            inquiry, 404, "nothing is recorded: tcpstored was started with --record 0");
        return true;
    }
    if (!inquiry_number(inquiry, "after", 0, INT64_MAX, 0, &after))
        return true;
    record_view(record, after, recorder_origin(), &view);
    bytes = malloc(view.len);
    if (bytes != NULL)
        record_copy(&view, bytes);
    inquiry_answer(inquiry, "application/octet-stream", (char *)bytes, view.len);
    return true;
}
