#include "observe/flatten.h"

#include <stdlib.h>
#include <string.h>

char *flatten(struct outbox *outbox)
{
    char *bytes = malloc(outbox->bytes + 1);
    struct span view;

    for (size_t at = 0; bytes != NULL && outbox_peek(outbox, &view, 1) == 1; at += view.len) {
        memcpy(bytes + at, view.bytes, view.len);
        outbox_consume(outbox, view.len);
    }
    return bytes;
}
