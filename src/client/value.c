#include <tcpstore/client.h>

#include <stdlib.h>

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
