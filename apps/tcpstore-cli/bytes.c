#include "tcpstore-cli/bytes.h"

#include <stdio.h>
#include <stdlib.h>

#include "tcpstore-cli/status.h"

void *memory_resize(void *old, size_t count, size_t size)
{
    void *resized = reallocarray(old, count > 0 ? count : 1, size);

    if (resized == NULL)
        memory_exhausted();
    return resized;
}

size_t memory_grown(size_t capacity, size_t needed)
{
    size_t doubled = capacity < 16 ? 32 : capacity * 2;

    return doubled > needed ? doubled : needed;
}

void memory_exhausted(void)
{
    fputs(
        "tcpstore-cli: out of memory; ask for less at once, or free memory on this host\n",
        stderr);
    exit(STATUS_FAILED);
}

void bytes_append(struct bytes *bytes, const void *data, size_t size)
{
    size_t needed = bytes->size + size + 1;

    if (needed > bytes->capacity) {
        bytes->capacity = memory_grown(bytes->capacity, needed);
        bytes->data = memory_resize(bytes->data, bytes->capacity, 1);
    }
    if (size > 0)
        memcpy(bytes->data + bytes->size, data, size);
    bytes->size += size;
    bytes->data[bytes->size] = '\0';
}

void bytes_append_text(struct bytes *bytes, const char *text)
{
    bytes_append(bytes, text, strlen(text));
}

void bytes_append_byte(struct bytes *bytes, unsigned char byte)
{
    bytes_append(bytes, &byte, 1);
}

void bytes_clear(struct bytes *bytes)
{
    bytes->size = 0;
    bytes_append(bytes, NULL, 0);
}

struct tcpstore_span bytes_span(const struct bytes *bytes)
{
    return tcpstore_bytes(bytes->data, bytes->size);
}

void bytes_done(struct bytes *bytes)
{
    free(bytes->data);
    *bytes = (struct bytes){0};
}

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
