#include "sim/model_name.h"

#include <errno.h>
#include <stdlib.h>

#include <tcpstore/error.h>

enum { NUMBER_WITHIN = 64 /* bytes of the value in which it must end */ };

void model_name_done(struct model_name *name)
{
    buffer_free(&name->value);
    client_list_done(&name->waiting);
    for (size_t entry = 0; entry < QUEUE_ENTRIES; entry++)
        buffer_free(&name->entries[entry]);
}

bool model_name_exists(const struct model_name *name)
{
    return name->is_key || name->length > 0;
}

struct span model_name_value(const struct model_name *name)
{
    return name->is_key ? buffer_span(&name->value) : span_of(NULL, 0);
}

static void set(struct buffer *buffer, struct span bytes)
{
    buffer_clear(buffer);
    buffer_add(buffer, bytes);
}

bool model_name_put(struct model_name *name, struct span value)
{
    bool is_new = !name->is_key;

    name->is_key = true;
    set(&name->value, value);
    return is_new;
}

static int parse(struct span value, int64_t *ret_number)
{
    char begin[NUMBER_WITHIN + 1] = "";
    char *end;

    span_copy(
        (uint8_t *)begin,
        span_of(value.bytes, value.len < NUMBER_WITHIN ? value.len : NUMBER_WITHIN));
    errno = 0;
    *ret_number = strtoll(begin, &end, 10);
    if (end == begin || (end == begin + NUMBER_WITHIN && value.len > NUMBER_WITHIN))
        return TCPSTORE_ENOTANUMBER;
    return errno == ERANGE ? TCPSTORE_ERANGE : 0;
}

int model_name_sum(const struct model_name *name, int64_t delta, int64_t *ret_sum)
{
    int64_t number = 0;
    int error = name->is_key ? parse(buffer_span(&name->value), &number) : 0;

    if (error)
        return error;
    return __builtin_add_overflow(number, delta, ret_sum) ? TCPSTORE_ERANGE : 0;
}

void model_name_push(struct model_name *name, struct span value)
{
    set(&name->entries[name->length++], value);
}

void model_name_drop(struct model_name *name)
{
    name->length--;
    for (size_t i = 0; i < name->length; i++)
        set(&name->entries[i], buffer_span(&name->entries[i + 1]));
}
