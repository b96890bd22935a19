/* Bytes on their way in and out: spans of the caller's, values of the library's. */
#include <tcpstore/client.h>

#include <stdlib.h>
#include <string.h>

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
