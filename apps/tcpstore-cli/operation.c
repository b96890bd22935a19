#include "tcpstore-cli/input.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "tcpstore-cli/escape.h"

enum status operation_key(const struct operation *operation, int index, struct bytes *key)
{
    const char *typed = operation->arguments[index];

    if (*typed == '\0')
        return operation_refuse_empty(operation);
    if (naming_resolve(&operation->options->naming, typed, key) == 0)
        return STATUS_OK;
    return operation_refuse(
        operation, "%s: in a key, a backslash begins \\n, \\r, \\t, \\xNN or \\\\", typed);
}

enum status operation_keys(
    const struct operation *operation, int index, int step, struct key_list *keys)
{
    enum status status = STATUS_OK;
    struct bytes key = {0};

    for (; index < operation->count && status == STATUS_OK; index += step) {
        bytes_clear(&key);
        status = operation_key(operation, index, &key);
        if (status == STATUS_OK)
            key_list_add(keys, bytes_span(&key));
    }
    bytes_done(&key);
    return status;
}

static enum status read_to_end(
    const struct operation *operation, FILE *from, const char *name, struct bytes *value)
{
    char piece[1 << 16];
    size_t size;

    bytes_append(value, NULL, 0);
    do {
        size = fread(piece, 1, sizeof(piece), from);
        bytes_append(value, piece, size);
    } while (size == sizeof(piece));
    if (ferror(from))
        return operation_refuse(operation, "%s: cannot read it: %s", name, strerror(errno));
    return STATUS_OK;
}

static enum status read_standard_input(const struct operation *operation, struct bytes *value)
{
    if (operation->lines)
        return operation_refuse(
            operation, "-: standard input holds the commands; give the value, or --file FILE");
    if (feof(stdin))
        return operation_refuse(operation, "-: standard input can be read only once");
    return read_to_end(operation, stdin, "standard input", value);
}

static enum status read_file(const struct operation *operation, struct bytes *value)
{
    const char *name = operation->options->file;
    FILE *file = fopen(name, "re");
    enum status status;

    if (file == NULL)
        return operation_refuse(
            operation, "--file %s: cannot open it: %s", name, strerror(errno));
    status = read_to_end(operation, file, name, value);
    fclose(file);
    return status;
}

enum status operation_value(const struct operation *operation, int index, struct bytes *value)
{
    const char *text;

    if (index == operation->count)
        return read_file(operation, value);
    text = operation->arguments[index];
    if (strcmp(text, "-") == 0)
        return read_standard_input(operation, value);
    if (!operation->options->escapes) {
        bytes_append_text(value, text);
        return STATUS_OK;
    }
    if (escape_resolve(text, value) == 0)
        return STATUS_OK;
    return operation_refuse(
        operation, "%s: with --escapes, a backslash begins \\n, \\r, \\t, \\xNN or \\\\", text);
}

enum status operation_number(const struct operation *operation, int index, int64_t *ret_number)
{
    const char *text = operation->arguments[index];
    long long number;
    char *end;

    errno = 0;
    number = strtoll(text, &end, 10);
    if (end == text || *end != '\0' || errno)
        return operation_refuse(operation, "%s: not a whole number of 64 bits", text);
    *ret_number = number;
    return STATUS_OK;
}
