#include "tcpstore-cli/operation.h"

#include <stdarg.h>
#include <string.h>
#include <strings.h>

#include "common/suggest.h"
#include "tcpstore-cli/escape.h"
#include "tcpstore-cli/help.h"
#include "tcpstore-cli/verbs.h"

enum { HELP_COLUMN = 29 };

const struct command commands[] = {
    {"get", "KEY", 1, 1, COMMAND_NOW | COMMAND_WAITS, command_get,
     .help = "wait for the key, print its value", .group = "Commands on keys",
     .no = "the key does not exist (with --now), or is a queue",
     .examples = {"get job-1/rank_0", "get --now rank_0"}},
    {"set", "KEY VALUE", 2, 2, COMMAND_VALUE, command_set, .help = "store the value",
     .examples = {"set go 'two words'", "set --file config.yaml config", "set offset -5"}},
    {"add", "KEY [NUMBER]", 1, 2, 0, command_add, .help = "add NUMBER, or 1; print the sum",
     .examples = {"add arrived", "add credits -5"}},
    {"append", "KEY VALUE", 2, 2, COMMAND_VALUE, command_append,
     .help = "add to the end of the value", .examples = {"append log 'rank 3 is up,'"}},
    {"cas", "KEY EXPECTED VALUE", 3, 3, COMMAND_VALUE, command_cas,
     .help = "compare and set; print the resulting value", .no = "nothing was stored",
     .examples = {"cas leader '' rank_3", "cas epoch 6 7"}},
    {"lock", "KEY", 1, 1, 0, command_lock,
     .help = "take a lock; exit 1 if another client has it",
     .no = "another client has the lock", .examples = {"lock job-1/setup", "del job-1/setup"}},
    {"mget", "KEY...", 1, -1, COMMAND_NOW | COMMAND_WAITS, command_mget,
     .help = "wait for all keys, print one value per line",
     .no = "one of the keys does not exist (with --now), or is a queue",
     .examples = {"mget rank_0 rank_1"}},
    {"mset", "[KEY VALUE]...", 2, -1, COMMAND_VALUE, command_mset,
     .help = "store all keys at the same moment", .examples = {"mset lr 0.1 steps 1000"}},
    {"del", "KEY...", 1, -1, 0, command_del, .help = "delete; exit 1 if a key did not exist",
     .no = "one of the keys did not exist", .examples = {"del rank_0 rank_1"}},
    {"check", "KEY...", 1, -1, 0, command_check,
     .help = "show which keys exist; exit 1 unless all do",
     .no = "one of the keys does not exist", .examples = {"check rank_0 rank_1"}},
    {"keys", "[GLOB]", 0, 1, COMMAND_SIZES, command_keys,
     .help = "list the keys that match, or all",
     .examples = {"keys", "keys --sizes 'job-1/*'"}},
    {"nkeys", "", 0, 0, 0, command_nkeys,
     .help = "count all keys of the server, whatever the prefix", .examples = {"nkeys"}},
    {"wait", "KEY...", 1, -1, COMMAND_WAITS, command_wait,
     .help = "wait until all of the keys have been set",
     .group = "Commands that wait for others", .examples = {"wait --timeout 60 rank_0 rank_1"}},
    {"missing", "PATTERN RANKS...", 2, -1, COMMAND_WATCH | COMMAND_WAITS, command_missing,
     .help = "list keys such as rank_{} that do not exist",
     .no = "one of the keys does not exist",
     .examples = {"missing 'rank_{}' 0..1023", "missing 'rank_{:03}' 0-3,7 --watch"}},
    {"barrier", "KEY WORLD_SIZE", 2, 2, COMMAND_WAITS, command_barrier,
     .help = "join a barrier and wait for the others",
     .examples = {"barrier start 4 --timeout 60"}},
    {"push", "KEY VALUE", 2, 2, COMMAND_VALUE, command_push,
     .help = "put an entry into a queue",
     .group = "Commands on queues, which the protocol cannot list",
     .examples = {"push tasks 'shard 7'"}},
    {"pop", "KEY", 1, 1, COMMAND_NOW | COMMAND_WAITS, command_pop,
     .help = "wait for an entry, remove and print it",
     .no = "the queue is empty (with --now), or KEY is no queue",
     .examples = {"pop tasks --timeout 60", "pop --now tasks"}},
    {"qlen", "KEY", 1, 1, 0, command_qlen, .help = "count the entries of a queue",
     .examples = {"qlen tasks"}},
    {"dump", "[GLOB]", 0, 1, 0, command_dump, .help = "print keys and values as JSON lines",
     .group = "Commands on the store", .examples = {"dump > store.jsonl", "dump 'job-1/*'"}},
    {"load", "[FILE]", 0, 1, 0, command_load, .help = "store what dump printed",
     .examples = {"load store.jsonl"}},
    {"ping", "", 0, 0, 0, command_ping, .help = "check that the server answers, and how fast",
     .examples = {"ping --timeout 1"}},
    {"help", "[COMMAND]", 0, 1, COMMAND_OFFLINE, command_help,
     .help = "list the commands, or explain one", .examples = {"help missing"}},
    {.name = NULL},
};

const struct command *command_find(const char *name)
{
    for (const struct command *command = commands; command->name != NULL; command++) {
        if (strcasecmp(command->name, name) == 0)
            return command;
    }
    return NULL;
}

enum status command_refuse_unknown(const char *name)
{
    struct suggestion suggestion = suggestion_of(name, strlen(name));

    for (const struct command *command = commands; command->name != NULL; command++)
        suggestion_consider(&suggestion, command->name);
    escape_print(stderr, "tcpstore-cli: %s: no such command", name);
    if (suggestion.best != NULL)
        fprintf(stderr, "; did you mean '%s'?", suggestion.best);
    fputs("\n'help' lists the commands\n", stderr);
    return STATUS_USAGE;
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

enum status operation_refuse_empty(const struct operation *operation)
{
    return operation_refuse(
        operation,
        "'': an empty argument, perhaps from an unset variable; PyTorch's empty key is "
        "raw:/");
}

/* The flags that only some commands take. */
static const struct {
    unsigned flag;
    const char *name;
} own_flags[] = {
    {COMMAND_NOW, "now"},    {COMMAND_SIZES, "sizes"},   {COMMAND_WATCH, "watch"},
    {COMMAND_VALUE, "file"}, {COMMAND_VALUE, "escapes"},
};

enum { OWN_FLAGS = sizeof(own_flags) / sizeof(own_flags[0]) };

void command_each_flag(const struct command *command, void (*visit)(const char *name))
{
    for (size_t i = 0; i < OWN_FLAGS; i++) {
        if ((command->flags & own_flags[i].flag) != 0)
            visit(own_flags[i].name);
    }
}

/* The first flag given that the command has no use for; NULL: there is none. */
static const char *stray_flag(const struct operation *operation)
{
    const struct options *options = operation->options;
    const bool given[OWN_FLAGS] = {
        options->now, options->sizes, options->watch, options->file != NULL, options->escapes};

    for (size_t i = 0; i < OWN_FLAGS; i++) {
        if (given[i] && (operation->command->flags & own_flags[i].flag) == 0)
            return own_flags[i].name;
    }
    return NULL;
}

/* Between the arguments of a command that takes a VALUE, a flag counts as one of them. */
static enum status refuse_surplus(const struct operation *operation)
{
    for (int i = 1; i < operation->count; i++) {
        if (strncmp(operation->arguments[i], "--", 2) == 0)
            return operation_refuse(
                operation, "%s: one argument too many; flags stand in front of KEY",
                operation->arguments[i]);
    }
    return operation_refuse(
        operation, "%s: one argument too many", operation->arguments[operation->count - 1]);
}

bool operation_is_valid(const struct operation *operation)
{
    const struct command *command = operation->command;
    int count = operation->count + (operation->options->file != NULL);
    const char *stray = stray_flag(operation);

    if (stray != NULL)
        operation_refuse(operation, "--%s does not apply to this command", stray);
    else if (count < command->least)
        operation_refuse(operation, "an argument is missing");
    else if (command->most >= 0 && count > command->most)
        refuse_surplus(operation);
    else if (operation->count > 0 && *operation->arguments[0] == '\0')
        operation_refuse_empty(operation);
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
