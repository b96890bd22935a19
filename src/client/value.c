#include "client/value.h"

#include "client/grow.h"

enum { FIRST_ITEMS = 4 };

struct tcpstore_span tcpstore_bytes(const void *bytes, size_t size)
{
    return (struct tcpstore_span){.bytes = bytes, .size = size};
}

struct tcpstore_span tcpstore_text(const char *text)
{
    return tcpstore_bytes(text, strlen(text));
}

void tcpstore_value_free(struct tcpstore_value *value)
{
    free(value->bytes);
    *value = (struct tcpstore_value){0};
}

void tcpstore_values_free(struct tcpstore_value *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(values[i].bytes);
    free(values);
}

bool values_exceed_bound(const struct values *values, uint64_t count, uint64_t size)
{
    return size + count * VALUE_OVERHEAD > values->bytes_max - values->bytes;
}

static int make_room_for_item(struct values *values)
{
    struct tcpstore_value *grown;

    if (values->count < values->room)
        return 0;
    grown = grow(
        values->items, &values->room, values->count == 0 ? FIRST_ITEMS : values->count + 1,
        sizeof(*grown));
    if (grown == NULL)
        return TCPSTORE_ENOMEM;
    values->items = grown;
    return 0;
}

int values_add(struct values *values, size_t size, size_t room)
{
    void *bytes;

    values->bytes += size + VALUE_OVERHEAD;
    if (make_room_for_item(values))
        return TCPSTORE_ENOMEM;
    bytes = malloc(room + 1);
    if (bytes == NULL)
        return TCPSTORE_ENOMEM;
    values->items[values->count++] = (struct tcpstore_value){.bytes = bytes};
    return 0;
}

void values_take(struct values *values, struct tcpstore_value **ret_items, size_t *ret_count)
{
    *ret_items = values->items;
    *ret_count = values->count;
    *values = (struct values){.bytes_max = values->bytes_max};
}

void values_drop(struct values *values)
{
    tcpstore_values_free(values->items, values->count);
    *values = (struct values){.bytes_max = values->bytes_max};
}
