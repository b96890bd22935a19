#include "tcpstore-cli/key_list.h"

#include <stdlib.h>

#include "tcpstore-cli/memory.h"

void key_list_add(struct key_list *list, struct tcpstore_span key)
{
    char *copy = memory_resize(NULL, key.size + 1, 1);

    if (list->count == list->capacity) {
        list->capacity = memory_grown(list->capacity, list->count + 1);
        list->spans = memory_resize(list->spans, list->capacity, sizeof(*list->spans));
    }
    if (key.size > 0)
        memcpy(copy, key.bytes, key.size);
    copy[key.size] = '\0'; /* for strverscmp */
    list->spans[list->count++] = tcpstore_bytes(copy, key.size);
}

static int compare(const void *left, const void *right)
{
    const struct tcpstore_span *one = left;
    const struct tcpstore_span *other = right;

    return strverscmp(one->bytes, other->bytes);
}

void key_list_sort(struct key_list *list)
{
    if (list->count > 0)
        qsort(list->spans, list->count, sizeof(*list->spans), compare);
}

void key_list_clear(struct key_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free((void *)list->spans[i].bytes);
    list->count = 0;
}

void key_list_done(struct key_list *list)
{
    key_list_clear(list);
    free(list->spans);
    *list = (struct key_list){0};
}
