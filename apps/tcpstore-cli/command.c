#include "tcpstore-cli/command.h"

#include <stdarg.h>
#include <string.h>

#include "tcpstore-cli/commands.h"
#include "tcpstore-cli/escape.h"

enum { HELP_COLUMN = 29 };

#define VALUE (COMMAND_VALUE | COMMAND_DASH)

const struct command commands[] = {
    {"get", "KEY", 1, 1, COMMAND_NOW, command_get, .help = "wait for the key, print its value",
     .group = "Commands on keys"},
    {"set", "KEY VALUE", 2, 2, VALUE, command_set, .help = "store the value"},
    {"add", "KEY [NUMBER]", 1, 2, COMMAND_DASH, command_add,
     .help = "add NUMBER, or 1; print the sum"},
    {"append", "KEY VALUE", 2, 2, VALUE, command_append, .help = "add to the end of the value"},
    {"cas", "KEY EXPECTED VALUE", 3, 3, VALUE, command_cas,
     .help = "store if EXPECTED is there; print what is"},
    {"lock", "KEY", 1, 1, 0, command_lock, .help = "take a lock; status 1 if another has it"},
    {"mget", "KEY...", 1, -1, COMMAND_NOW, command_mget,
     .help = "wait for all, print a value a line"},
    {"mset", "[KEY VALUE]...", 2, -1, VALUE, command_mset, .help = "store all at one moment"},
    {"del", "KEY...", 1, -1, 0, command_del, .help = "delete; status 1 if one was not there"},
    {"check", "KEY...", 1, -1, 0, command_check,
     .help = "say which are there; status 1 if not all"},
    {"keys", "[GLOB]", 0, 1, COMMAND_SIZES, command_keys,
     .help = "list the keys that match, or all"},
    {"nkeys", "", 0, 0, 0, command_nkeys, .help = "how many keys there are, of any prefix"},
    {"wait", "KEY...", 1, -1, 0, command_wait, .help = "until all have been there",
     .group = "Commands that wait for others"},
    {"missing", "PATTERN RANKS...", 2, -1, COMMAND_WATCH, command_missing,
     .help = "which of rank_{} 0..1023 are not there"},
    {"barrier", "KEY WORLD_SIZE", 2, 2, COMMAND_DASH, command_barrier,
     .help = "come to a barrier, wait for the others"},
    {"push", "KEY VALUE", 2, 2, VALUE, command_push, .help = "put an entry into a queue",
     .group = "Commands on queues, which the protocol cannot list"},
    {"pop", "KEY", 1, 1, COMMAND_NOW, command_pop,
     .help = "wait for an entry, take and print it"},
    {"qlen", "KEY", 1, 1, 0, command_qlen, .help = "how many entries a queue holds"},
    {"dump", "[GLOB]", 0, 1, 0, command_dump, .help = "print keys and values as JSON lines",
     .group = "Commands on the store"},
    {"load", "[FILE]", 0, 1, 0, command_load, .help = "store what dump has printed"},
    {"ping", "", 0, 0, 0, command_ping, .help = "whether the server answers, and how fast"},
    {"help", "[COMMAND]", 0, 1, COMMAND_OFFLINE, command_help,
     .help = "list commands, or tell of one"},
    {.name = NULL},
};

const struct command *command_find(const char *name)
{
    for (const struct command *command = commands; command->name != NULL; command++) {
        if (strcmp(command->name, name) == 0)
            return command;
    }
    return NULL;
}

enum status command_refuse(const struct call *call, const char *format, ...)
{
    const struct command *command = call->command;
    va_list arguments;

    fprintf(stderr, "tcpstore-cli: %s: ", command->name);
    va_start(arguments, format);
    escape_print_list(stderr, format, arguments);
    va_end(arguments);
    fprintf(
        stderr, "\nusage: tcpstore-cli [FLAG]... %s %s\n", command->name, command->arguments);
    return STATUS_USAGE;
}

enum status command_refuse_empty(const struct call *call)
{
    return command_refuse(
        call, "'': an empty argument, perhaps from an unset variable; PyTorch's empty key is "
              "raw:/");
}

/* The first flag given that the command has no use for; NULL: there is none. */
static const char *stray_flag(const struct call *call)
{
    const struct options *options = call->options;
    const struct {
        bool given;
        unsigned flag;
        const char *name;
    } rows[] = {
        {options->now, COMMAND_NOW, "now"},
        {options->sizes, COMMAND_SIZES, "sizes"},
        {options->watch, COMMAND_WATCH, "watch"},
        {options->file != NULL, COMMAND_VALUE, "file"},
        {options->escapes, COMMAND_VALUE, "escapes"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].given && (call->command->flags & rows[i].flag) == 0)
            return rows[i].name;
    }
    return NULL;
}

/* Behind the first argument of a command whose values may begin with a dash, a flag counts as
 * one more argument. */
static enum status refuse_surplus(const struct call *call)
{
    for (int i = 1; i < call->count; i++) {
        if (strncmp(call->arguments[i], "--", 2) == 0)
            return command_refuse(
                call, "%s: one argument too many; flags stand in front of KEY",
                call->arguments[i]);
    }
    return command_refuse(call, "%s: one argument too many", call->arguments[call->count - 1]);
}

bool command_suits(const struct call *call)
{
    const struct command *command = call->command;
    int count = call->count + (call->options->file != NULL);
    const char *stray = stray_flag(call);

    if (stray != NULL)
        command_refuse(call, "--%s is of no use here", stray);
    else if (count < command->least)
        command_refuse(call, "an argument is missing");
    else if (command->most >= 0 && count > command->most)
        refuse_surplus(call);
    else if (call->count > 0 && *call->arguments[0] == '\0')
        command_refuse_empty(call);
    else
        return true;
    return false;
}

static void print_one(FILE *out, const struct command *command)
{
    int used = fprintf(out, "  %s %s", command->name, command->arguments);

    fprintf(out, "%*s%s\n", used < HELP_COLUMN ? HELP_COLUMN - used : 1, "", command->help);
}

void command_list(FILE *out)
{
    for (const struct command *command = commands; command->name != NULL; command++) {
        if (command->group != NULL)
            fprintf(out, "\n%s:\n", command->group);
        print_one(out, command);
    }
}

enum status command_help(const struct call *call)
{
    const struct command *command;

    if (call->count == 0) {
        command_list(stdout);
        return STATUS_OK;
    }
    command = command_find(call->arguments[0]);
    if (command == NULL)
        return command_refuse(
            call, "%s: no such command; help alone lists them", call->arguments[0]);
    printf("usage: tcpstore-cli [FLAG]... %s %s\n\n", command->name, command->arguments);
    printf("%s\n", command->help);
    return STATUS_OK;
}
