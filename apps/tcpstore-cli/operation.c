#include "tcpstore-cli/operation.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "tcpstore-cli/escape.h"

/* The flags that only some commands take. */
static const struct {
    unsigned flag;
    const char *name;
} own_flags[] = {
    {COMMAND_NOW, "now"},     {COMMAND_SIZES, "sizes"},   {COMMAND_WATCH, "watch"},
    {COMMAND_VALUE, "file"},  {COMMAND_VALUE, "escapes"}, {COMMAND_JUDGES, "world"},
    {COMMAND_JUDGES, "hang"}, {COMMAND_ALL, "all"},       {COMMAND_STORE, "store"},
    {COMMAND_EVERY, "every"}, {COMMAND_CLIENT, "client"}, {COMMAND_KEY, "key"},
    {COMMAND_LIMIT, "limit"}, {COMMAND_YES, "yes"},
};

enum { OWN_FLAGS = sizeof(own_flags) / sizeof(own_flags[0]) };

void command_each_flag(const struct command *command, void (*visit)(const char *name))
{
    for (size_t i = 0; i < OWN_FLAGS; i++) {
        if ((command->flags & own_flags[i].flag) != 0)
            visit(own_flags[i].name);
    }
}

enum status operation_refuse(const struct operation *operation, const char *format, ...)
{
    const struct command *command = operation->command;
    va_list arguments;

    fprintf(stderr, "tcpstore-cli: %s: ", command->name);
    va_start(arguments, format);
    escape_print_list(stderr, format, arguments);
    va_end(arguments);
    fprintf(
        stderr, "\nusage: tcpstore-cli [FLAG]... %s %s\n", command->name, command->arguments);
    return STATUS_USAGE;
}

static enum status refuse_empty(const struct operation *operation)
{
    return operation_refuse(
        operation, "'': an empty argument, perhaps from an unset variable; PyTorch's empty key "
                   "is raw:/");
}

/* The first given flag that does not apply to the command, or NULL. */
static const char *stray_flag(const struct operation *operation)
{
    const struct options *options = operation->options;
    const bool given[OWN_FLAGS] = {
        options->now,
        options->sizes,
        options->watch,
        options->file != NULL,
        options->escapes,
        options->world != 0,
        options->hang_seconds >= 0,
        options->all,
        options->store != NULL,
        options->every_ms != 0,
        options->trace_client > 0,
        options->key_glob != NULL,
        options->limit > 0,
        options->yes,
    };

    for (size_t i = 0; i < OWN_FLAGS; i++) {
        if (given[i] && (operation->command->flags & own_flags[i].flag) == 0)
            return own_flags[i].name;
    }
    return NULL;
}

static void refuse_stray(const struct operation *operation, const char *flag)
{
    bool uses_port = (operation->command->flags & (COMMAND_HTTP | COMMAND_OFFLINE)) == 0;

    if (uses_port && strcmp(flag, "store") == 0)
        operation_refuse(
            operation, "--store does not apply to this command; use -p PORT: 'tcpstore-cli "
                       "stores' lists the ports");
    else
        operation_refuse(operation, "--%s does not apply to this command", flag);
}

/* Between the arguments of a command that takes a VALUE, a flag counts as an argument. */
static void refuse_surplus(const struct operation *operation)
{
    for (int i = 1; i < operation->count; i++) {
        if (strncmp(operation->arguments[i], "--", 2) == 0) {
            operation_refuse(
                operation, "%s: one argument too many; put flags before KEY",
                operation->arguments[i]);
            return;
        }
    }
    operation_refuse(
        operation, "%s: one argument too many", operation->arguments[operation->count - 1]);
}

bool operation_is_valid(const struct operation *operation)
{
    const struct command *command = operation->command;
    int count = operation->count + (operation->options->file != NULL);
    const char *stray = stray_flag(operation);

    if (stray != NULL)
        refuse_stray(operation, stray);
    else if (count < command->min_arguments)
        operation_refuse(operation, "an argument is missing");
    else if (command->max_arguments >= 0 && count > command->max_arguments)
        refuse_surplus(operation);
    else if (operation->count > 0 && *operation->arguments[0] == '\0')
        refuse_empty(operation);
    else
        return true;
    return false;
}

enum status operation_key(const struct operation *operation, int index, struct bytes *key)
{
    const char *typed = operation->arguments[index];

    if (*typed == '\0')
        return refuse_empty(operation);
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
    if (operation->commands_from_stdin)
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
