/* The table of all commands, from which their help is made. */
#include "tcpstore-cli/commands.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/suggest.h"
#include "tcpstore-cli/escape.h"
#include "tcpstore-cli/output.h"
#include "tcpstore-cli/report.h"
#include "tcpstore-cli/verbs.h"

enum { HELP_COLUMN = 29 };

static const char epilogue[] =
    "\n"
    "'tcpstore-cli help COMMAND' shows the flags, exit statuses and examples of one\n"
    "command.\n"
    "\n"
    "Flags may appear anywhere, except between the arguments of a command that takes\n"
    "a VALUE: a VALUE may begin with a dash. A negative number such as -5 is never a\n"
    "flag. -- ends the flags.\n"
    "\n"
    "A KEY is written as in Python: k is /k on the wire, or /job/k with --prefix job.\n"
    "The few keys that lack the /, such as PyTorch's own init/, are raw:init/ here.\n"
    "Keys are printed, and may be written, with the escapes \\n, \\r, \\t, \\xNN and \\\\.\n"
    "\n"
    "A VALUE is stored as written; with --escapes, its escapes are replaced first.\n"
    "The VALUE - means standard input.\n"
    "\n"
    "RANKS are numbers such as 7, ranges such as 0..1023 or 0-1023, and lists of both\n"
    "such as 0-3,7. In PATTERN, {} is replaced by the rank, and {:03} by the rank in\n"
    "three digits, as in Python's format strings.\n"
    "\n"
    "A GLOB may have *, ?, [a-z] and [!a-z]. It is compared with keys as they are\n"
    "printed; an escape counts as one character: x?y matches x\\ny. \\* matches *\n"
    "itself.\n"
    "\n"
    "In JSON, bytes that are valid UTF-8 are a string, others {\"base64\": \"...\"}. The\n"
    "field of a key is key, or raw_key for a key on the wire (raw: or --raw-keys).\n"
    "\n"
    "Without a command, a prompt opens on a terminal. Its lines are kept in the file\n"
    "~/.tcpstore-cli_history. Otherwise each line of standard input is run as a\n"
    "command; # begins a comment. A command that fails is reported with its line\n"
    "number, the next one is run, and the exit status is that of the first failure.\n"
    "\n"
    "Exit status:\n";

static enum status command_help(const struct operation *operation);

const struct command commands[] = {
    {"get", "KEY", 1, 1, COMMAND_NOW | COMMAND_WAITS, command_get,
     .help = "wait for the key, print its value", .group = "Commands on keys",
     .if_no = "the key does not exist (with --now), or is a queue",
     .examples = {"get job-1/rank_0", "get --now rank_0"}},
    {"set", "KEY VALUE", 2, 2, COMMAND_VALUE, command_set, .help = "store the value",
     .examples = {"set go 'two words'", "set --file config.yaml config", "set offset -5"}},
    {"add", "KEY [NUMBER]", 1, 2, 0, command_add, .help = "add NUMBER, or 1; print the sum",
     .examples = {"add arrived", "add credits -5"}},
    {"append", "KEY VALUE", 2, 2, COMMAND_VALUE, command_append,
     .help = "add to the end of the value", .examples = {"append log 'rank 3 is up,'"}},
    {"cas", "KEY EXPECTED VALUE", 3, 3, COMMAND_VALUE, command_cas,
     .help = "compare and set; print the resulting value", .if_no = "nothing was stored",
     .examples = {"cas leader '' rank_3", "cas epoch 6 7"}},
    {"lock", "KEY", 1, 1, 0, command_lock,
     .help = "take a lock; exit 1 if another client holds it",
     .if_no = "another client holds the lock",
     .examples = {"lock job-1/setup", "del job-1/setup"}},
    {"mget", "KEY...", 1, -1, COMMAND_NOW | COMMAND_WAITS, command_mget,
     .help = "wait for all keys, print one value per line",
     .if_no = "one of the keys does not exist (with --now), or is a queue",
     .examples = {"mget rank_0 rank_1"}},
    {"mset", "[KEY VALUE]...", 2, -1, COMMAND_VALUE, command_mset,
     .help = "store all keys at the same moment", .examples = {"mset lr 0.1 steps 1000"}},
    {"del", "KEY...", 1, -1, 0, command_del, .help = "delete; exit 1 if a key did not exist",
     .if_no = "one of the keys did not exist", .examples = {"del rank_0 rank_1"}},
    {"check", "KEY...", 1, -1, 0, command_check,
     .help = "show which keys exist; exit 1 unless all do",
     .if_no = "one of the keys does not exist", .examples = {"check rank_0 rank_1"}},
    {"keys", "[GLOB]", 0, 1, COMMAND_SIZES, command_keys,
     .help = "list the keys that match, or all",
     .examples = {"keys", "keys --sizes 'job-1/*'"}},
    {"nkeys", "", 0, 0, 0, command_nkeys,
     .help = "count all keys on the server, with any prefix", .examples = {"nkeys"}},
    {"wait", "KEY...", 1, -1, COMMAND_WAITS, command_wait,
     .help = "wait until all of the keys have been set",
     .group = "Commands that wait for others", .examples = {"wait --timeout 60 rank_0 rank_1"}},
    {"missing", "PATTERN RANKS...", 2, -1, COMMAND_WATCH | COMMAND_WAITS, command_missing,
     .help = "list keys such as rank_{} that do not exist",
     .if_no = "one of the keys does not exist",
     .examples = {"missing 'rank_{}' 0..1023", "missing 'rank_{:03}' 0-3,7 --watch"}},
    {"barrier", "KEY WORLD_SIZE", 2, 2, COMMAND_WAITS, command_barrier,
     .help = "join a barrier and wait for the others",
     .examples = {"barrier start 4 --timeout 60"}},
    {"push", "KEY VALUE", 2, 2, COMMAND_VALUE, command_push,
     .help = "append an entry to a queue",
     .group = "Commands on queues, which the protocol cannot list",
     .examples = {"push tasks 'shard 7'"}},
    {"pop", "KEY", 1, 1, COMMAND_NOW | COMMAND_WAITS, command_pop,
     .help = "wait for an entry, remove and print it",
     .if_no = "the queue is empty (with --now), or KEY is not a queue",
     .examples = {"pop tasks --timeout 60", "pop --now tasks"}},
    {"qlen", "KEY", 1, 1, 0, command_qlen, .help = "count the entries of a queue",
     .examples = {"qlen tasks"}},
    {"why", "", 0, 0, COMMAND_HTTP | COMMAND_STORE | COMMAND_JUDGES | COMMAND_ALL, command_why,
     .help = "show which ranks a job waits for, and why",
     .group = "Commands that tcpstored answers over HTTP",
     .if_no = "the job hangs: clients have waited for --hang SECONDS",
     .examples = {"why", "why --world 1024 --hang 60", "why --json"}},
    {"top", "", 0, 0, COMMAND_HTTP | COMMAND_STORE | COMMAND_JUDGES | COMMAND_EVERY,
     command_top, .help = "watch hosts, waits, clients and keys, full screen",
     .examples = {"top", "top --every 5"}},
    {"stat", "", 0, 0, COMMAND_HTTP | COMMAND_STORE | COMMAND_EVERY, command_stat,
     .help = "show what the server does, or rates with --every",
     .examples = {"stat", "stat --every 1"}},
    {"clients", "", 0, 0, COMMAND_HTTP | COMMAND_STORE | COMMAND_LIMIT, command_clients,
     .help = "list the clients and what they wait for",
     .examples = {"clients", "clients -n 20", "clients --json"}},
    {"monitor", "[GLOB]", 0, 1, COMMAND_HTTP | COMMAND_EVERY | COMMAND_CLIENT, command_monitor,
     .help = "print operations as they happen, until Ctrl-C",
     .examples = {"monitor", "monitor 'job-1/*'", "monitor --client 7 --json"}},
    {"trace", "[FILE]", 0, 1, COMMAND_HTTP | COMMAND_CLIENT | COMMAND_KEY | COMMAND_LIMIT,
     command_trace, .help = "print the last operations, of the server or FILE",
     .examples =
         {"trace -n 20", "trace --key 'job-1/*' tcpstored.record",
          "trace --client 7 --json tcpstored.record"}},
    {"stores", "[open|close NAME]", 0, 2, COMMAND_HTTP | COMMAND_MANAGES, command_stores,
     .help = "list the stores; open one, print its port; close it",
     .if_no = "no store has the name (with close)",
     .examples = {"stores", "stores open job-1", "stores close job-1"}},
    {"drain", "", 0, 0, COMMAND_HTTP | COMMAND_MANAGES, command_drain,
     .help = "refuse new clients; the server exits after the last", .examples = {"drain"}},
    {"dump", "[GLOB]", 0, 1, 0, command_dump, .help = "print keys and values as JSON lines",
     .group = "Commands on the store", .examples = {"dump > store.jsonl", "dump 'job-1/*'"}},
    {"load", "[FILE]", 0, 1, 0, command_load, .help = "store what dump printed",
     .examples = {"load store.jsonl"}},
    {"flush", "[GLOB]", 0, 1, COMMAND_YES, command_flush,
     .help = "delete the keys that match, or all; print how many",
     .if_no = "the question whether to delete all keys was not answered with yes",
     .examples = {"flush 'job-1/*'", "flush --prefix job-1", "flush --yes"}},
    {"ping", "", 0, 0, 0, command_ping, .help = "check that the server answers; print how fast",
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

static void print_row(const struct command *command)
{
    int used = printf("  %s %s", command->name, command->arguments);

    printf("%*s%s\n", used < HELP_COLUMN ? HELP_COLUMN - used : 1, "", command->help);
}

static void print_commands(void)
{
    for (const struct command *command = commands; command->name != NULL; command++) {
        if (command->group != NULL)
            printf("\n%s:\n", command->group);
        print_row(command);
    }
}

static void print_flags(const struct command *command)
{
    fputs("\nFlags, besides those that all commands take:\n", stdout);
    if ((command->flags & COMMAND_WAITS) != 0)
        options_print_flag("timeout");
    command_each_flag(command, options_print_flag);
}

static bool has_flags(const struct command *command)
{
    return (command->flags & ~(unsigned)(COMMAND_OFFLINE | COMMAND_HTTP | COMMAND_MANAGES)) !=
           0;
}

/* `if_no` explains status 1; NULL leaves it out. */
static void print_statuses(const char *if_no, enum status last)
{
    for (int status = STATUS_OK; status <= (int)last; status++) {
        if (status != STATUS_NO)
            printf("  %d  %s\n", status, report_meaning((enum status)status));
        else if (if_no != NULL)
            printf("  %d  %s\n", status, if_no);
    }
}

static void print_examples(const struct command *command)
{
    fputs("\nExamples:\n", stdout);
    for (int i = 0; i < COMMAND_EXAMPLES && command->examples[i] != NULL; i++)
        printf("  tcpstore-cli %s\n", command->examples[i]);
}

static void print_command(const struct command *command)
{
    bool has_arguments = command->arguments[0] != '\0';

    printf(
        "usage: tcpstore-cli [FLAG]... %s%s%s\n\n%s\n", command->name, has_arguments ? " " : "",
        command->arguments, command->help);
    if (has_flags(command))
        print_flags(command);
    fputs("\nExit status:\n", stdout);
    print_statuses(
        command->if_no, (command->flags & COMMAND_HTTP) != 0 ? STATUS_NO_HTTP : STATUS_FAILED);
    print_examples(command);
    fputs("\n'tcpstore-cli --help' lists the flags that all commands take\n", stdout);
}

static enum status print_named(const char *name)
{
    const struct command *command = command_find(name);

    if (command == NULL)
        return command_refuse_unknown(name);
    print_command(command);
    return STATUS_OK;
}

static void print_program(void)
{
    options_print_help();
    print_commands();
    fputs(epilogue, stdout);
    print_statuses(report_meaning(STATUS_NO), STATUS_NO_HTTP);
}

enum status command_print_help(const char *name)
{
    enum status status = STATUS_OK;
    enum status flushed;

    if (name != NULL)
        status = print_named(name);
    else
        print_program();
    flushed = output_flush();
    return status == STATUS_OK ? flushed : status;
}

static enum status command_help(const struct operation *operation)
{
    if (operation->count > 0)
        return print_named(operation->arguments[0]);
    print_commands();
    fputs("\n'help COMMAND' explains one; at the prompt, 'quit' leaves\n", stdout);
    return STATUS_OK;
}
