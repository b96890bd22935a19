#include "tcpstore-cli/input.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "tcpstore-cli/escape.h"

enum status input_key(const struct call *call, int index, struct bytes *key)
{
    const char *typed = call->arguments[index];

    if (*typed == '\0')
        return command_refuse_empty(call);
    if (naming_resolve(&call->options->naming, typed, key) == 0)
        return STATUS_OK;
    return command_refuse(
        call, "%s: in a key, a backslash begins \\n, \\r, \\t, \\xNN or \\\\", typed);
}

enum status input_keys(const struct call *call, int index, int step, struct key_list *keys)
{
    enum status status = STATUS_OK;
    struct bytes key = {0};

    for (; index < call->count && status == STATUS_OK; index += step) {
        bytes_clear(&key);
        status = input_key(call, index, &key);
        if (status == STATUS_OK)
            key_list_add(keys, bytes_span(&key));
    }
    bytes_done(&key);
    return status;
}

static enum status read_to_end(
    const struct call *call, FILE *from, const char *name, struct bytes *value)
{
    char piece[1 << 16];
    size_t size;

    bytes_append(value, NULL, 0);
    do {
        size = fread(piece, 1, sizeof(piece), from);
        bytes_append(value, piece, size);
    } while (size == sizeof(piece));
    if (ferror(from))
        return command_refuse(call, "%s: cannot read it: %s", name, strerror(errno));
    return STATUS_OK;
}

static enum status read_standard_input(const struct call *call, struct bytes *value)
{
    if (call->lines)
        return command_refuse(
            call, "-: standard input holds the commands; give the value, or --file FILE");
    if (feof(stdin))
        return command_refuse(call, "-: standard input can be read only once");
    return read_to_end(call, stdin, "standard input", value);
}

static enum status read_file(const struct call *call, struct bytes *value)
{
    const char *name = call->options->file;
    FILE *file = fopen(name, "re");
    enum status status;

    if (file == NULL)
        return command_refuse(call, "--file %s: cannot open it: %s", name, strerror(errno));
    status = read_to_end(call, file, name, value);
    fclose(file);
    return status;
}

enum status input_value(const struct call *call, int index, struct bytes *value)
{
    const char *text;

    if (index == call->count)
        return read_file(call, value);
    text = call->arguments[index];
    if (strcmp(text, "-") == 0)
        return read_standard_input(call, value);
    if (!call->options->escapes) {
        bytes_append_text(value, text);
        return STATUS_OK;
    }
    if (escape_resolve(text, value) == 0)
        return STATUS_OK;
    return command_refuse(
        call, "%s: with --escapes, a backslash begins \\n, \\r, \\t, \\xNN or \\\\", text);
}

enum status input_number(const struct call *call, int index, int64_t *ret_number)
{
    const char *text = call->arguments[index];
    long long number;
    char *end;

    errno = 0;
    number = strtoll(text, &end, 10);
    if (end == text || *end != '\0' || errno)
        return command_refuse(call, "%s: not a whole number of 64 bits", text);
    *ret_number = number;
    return STATUS_OK;
}
