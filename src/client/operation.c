#include "client/operation.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "client/monotonic.h"
#include "client/subject.h"

enum { SPANS_ON_STACK = 4 };

int operation_fail(const struct operation *operation, int code, const char *format, ...)
{
    char subject[SUBJECT_MAX];
    char what[sizeof(operation->error->text)];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(what, sizeof(what), format, arguments);
    va_end(arguments);
    subject_format(
        operation->verb, operation->prefix, operation->keys, operation->key_count, subject);
    return error_set(
        operation->error, code, "%s at %s%s", subject, operation->connection->server, what);
}

int operation_fail_timed_out(const struct operation *operation, const char *more)
{
    double seconds = (double)(monotonic_now() - operation->begun) / 1e9;

    return operation_fail(
        operation, TCPSTORE_ETIMEDOUT, " timed out after %.1f s%s", seconds, more);
}

int operation_fail_cancelled(const struct operation *operation, const char *more)
{
    return operation_fail(operation, TCPSTORE_ECANCELED, " was cancelled%s", more);
}

int operation_check_world_size(const struct operation *operation, int64_t world_size)
{
    if (world_size >= 1)
        return 0;
    return operation_fail(
        operation, TCPSTORE_EINVAL, ": world size of %" PRId64 "; expected 1 or more",
        world_size);
}

static int fail_to_add(const struct operation *operation, int code)
{
    switch (code) {
    case TCPSTORE_EKEYSIZE:
        return operation_fail(
            operation, TCPSTORE_EINVAL, ": key too long: at most %d bytes, its prefix included",
            FLIGHT_KEY_MAX);
    case TCPSTORE_EVALUESIZE:
        return operation_fail(
            operation, TCPSTORE_EINVAL, ": value too long: at most %d bytes", FLIGHT_VALUE_MAX);
    case TCPSTORE_EKEYCOUNT:
        return operation_fail(
            operation, TCPSTORE_EINVAL, ": too many keys: at most %u",
            (unsigned)FLIGHT_COUNT_MAX);
    default:
        return operation_fail(operation, code, ": out of memory");
    }
}

static int add(struct operation *operation, const struct encode *request)
{
    int code = flight_add(operation->flight, request);

    return code ? fail_to_add(operation, code) : 0;
}

int operation_add_request(struct operation *operation, struct encode request)
{
    request.prefix = operation->prefix;
    return add(operation, &request);
}

static struct span *copy_spans(
    struct span *target, const struct tcpstore_span *source, size_t count)
{
    for (size_t i = 0; i < count; i++)
        *target++ = span_of(source[i].bytes, source[i].size);
    return target;
}

static int add_with_spans(
    struct operation *operation, enum wire_opcode opcode, struct span *spans)
{
    struct span *values = copy_spans(spans, operation->keys, operation->key_count);
    const struct encode request = {
        .opcode = opcode,
        .word = operation->nonce,
        .number = operation->number,
        .prefix = operation->prefix,
        .keys = spans,
        .values = values,
        .count = operation->key_count};

    copy_spans(values, operation->values, operation->value_count);
    return add(operation, &request);
}

int operation_add(struct operation *operation, enum wire_opcode opcode)
{
    size_t count = operation->key_count + operation->value_count;
    struct span few[SPANS_ON_STACK];
    struct span *many;
    int code;

    if (count <= SPANS_ON_STACK)
        return add_with_spans(operation, opcode, few);
    if (operation->key_count > FLIGHT_COUNT_MAX)
        return fail_to_add(operation, TCPSTORE_EKEYCOUNT);
    many = malloc(count * sizeof(*many));
    if (many == NULL)
        return fail_to_add(operation, TCPSTORE_ENOMEM);
    code = add_with_spans(operation, opcode, many);
    free(many);
    return code;
}
