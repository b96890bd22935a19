#include "tcpstore-cli/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/flags.h"
#include "tcpstore-cli/help.h"
#include "tcpstore-cli/target.h"

enum { FLAG_COUNT = 15 };

static const char epilogue[] =
    "\n"
    "Flags may stand anywhere, but with a command that takes a VALUE not between its\n"
    "arguments, since a VALUE may begin with a dash: all words behind the first are\n"
    "arguments until there are enough. A negative number such as -5 is never a flag.\n"
    "-- ends the flags. 'help COMMAND' or 'COMMAND --help' says more of one.\n"
    "\n"
    "Keys are those of PyTorch's users: k is /k on the wire, or /job/k with --prefix\n"
    "job. One that lacks the /, such as PyTorch's own init/, is raw:init/ here. Keys\n"
    "are taken with the escapes they are shown with: \\n, \\r, \\t, \\xNN and \\\\.\n"
    "\n"
    "A VALUE stands for itself, or with --escapes for what its escapes say; - is what\n"
    "standard input holds.\n"
    "\n"
    "RANKS are numbers such as 7, ranges such as 0..1023 or 0-1023, and lists of both\n"
    "such as 0-3,7; each {} of PATTERN is replaced by the rank, and {:03} by the rank\n"
    "in three digits, as in a format of Python's.\n"
    "\n"
    "A GLOB has *, ?, [a-z] and [!a-z]. It is compared with keys as they are shown;\n"
    "an escape counts as one character: x\\ny finds x\\ny. \\* is a * itself.\n"
    "\n"
    "In JSON, bytes that are valid UTF-8 are a string, others {\"base64\": \"...\"}. A\n"
    "key of the wire, by raw: or by --raw-keys, is called raw_key instead of key.\n"
    "\n"
    "Without a command, a prompt opens on a terminal; its lines are kept in the file\n"
    "~/.tcpstore-cli_history. Where standard input is no terminal, it holds commands,\n"
    "a line each; # begins a comment. A command that fails is named by its line, the\n"
    "next one is run, and the status is that of the first that failed.\n"
    "\n"
    "Exit status:\n";

static void fill(struct options *o, struct flag flags[FLAG_COUNT])
{
    const struct flag table[FLAG_COUNT] = {
        {"host", "HOST", NULL,
         "name or address of the server, also as HOST:PORT, [IPV6]:PORT or tcp://HOST:PORT",
         .text = &o->host, .fallback = "MASTER_ADDR, else 127.0.0.1", .group = "Which server",
         .letter = 'h'},
        {"port", "PORT", "a port", "its port", .number = &o->port, .min = 1, .max = UINT16_MAX,
         .fallback = "MASTER_PORT, else 29500", .letter = 'p'},
        {"wait", NULL, NULL,
         "keep trying to connect, for --timeout at most, instead of giving up at once",
         .on = &o->wait},
        {"timeout", "SECONDS", "a number of seconds",
         "how long a command waits, and with --wait how long to try to connect",
         .milliseconds = &o->timeout_ms, .max = INT32_MAX,
         .fallback = "30; with --watch, until all are there"},
        {"prefix", "NAME", NULL, "keys of PrefixStore(NAME, ...) only; outer/inner nests",
         .text = &o->naming.prefix, .group = "Which keys"},
        {"raw-keys", NULL, NULL, "keys are those of the wire, with their leading /",
         .on = &o->naming.raw},
        {"file", "FILE", NULL, "set, append, cas, mset, push: take the last VALUE from FILE",
         .text = &o->file, .group = "For some commands"},
        {"now", NULL, NULL, "get, mget, pop: do not wait for what is not there; status 1",
         .on = &o->now},
        {"sizes", NULL, NULL, "keys: also how large each value is; reads them all",
         .on = &o->sizes},
        {"watch", NULL, NULL, "missing: go on until none is, and tell of each change",
         .on = &o->watch},
        {"escapes", NULL, NULL,
         "set, append, cas, mset, push: VALUE and EXPECTED are written with escapes",
         .on = &o->escapes},
        {"json", NULL, NULL, "print JSON, an object a line", .on = &o->json, .group = "Output"},
        {"raw", NULL, NULL, "print the bytes of values as they are, with nothing behind",
         .on = &o->raw},
        {"help", NULL, NULL, "print this and end", .on = &o->help, .group = "Others"},
        {"version", NULL, NULL, "print the version and end", .on = &o->version},
    };

    for (size_t i = 0; i < FLAG_COUNT; i++)
        flags[i] = table[i];
}

void options_init(struct options *ret_options)
{
    *ret_options = (struct options){.timeout_ms = OPTIONS_NO_TIMEOUT};
}

static struct flags describe(const struct flag table[FLAG_COUNT])
{
    return (struct flags){
        .program = "tcpstore-cli",
        .usage = "[-h HOST] [-p PORT] [FLAG]... [COMMAND [ARGUMENT]...]",
        .summary = "Looks into the TCPStore of PyTorch jobs, and changes it.",
        .table = table,
        .count = FLAG_COUNT,
    };
}

/* Whether the next word is an argument, whatever it begins with. `argv` has the `kept` words in
 * front, argv[0] and the command among them. */
static bool is_argument_next(char **argv, int kept)
{
    const struct command *command = kept > 2 ? command_find(argv[1]) : NULL;
    int arguments = kept - 2;

    return command != NULL && (command->flags & COMMAND_VALUE) != 0 &&
           (command->most < 0 || arguments < command->most);
}

/* Returns how many words were kept, argv[0] among them. */
static int take_flags(const struct flags *flags, int argc, char **argv)
{
    int kept = 1;
    int at = 1;

    while (at < argc) {
        int passed = 0;

        if (!is_argument_next(argv, kept))
            passed = flags_parse(flags, argc - at + 1, argv + at - 1) - 1;
        if (passed < 0)
            return -1;
        at += passed;
        if (passed > 0 && strcmp(argv[at - 1], "--") == 0)
            break;
        if (at < argc)
            argv[kept++] = argv[at++];
    }
    while (at < argc)
        argv[kept++] = argv[at++];
    return kept;
}

static int check(const struct flags *flags, const struct options *options)
{
    if (options->naming.raw && options->naming.prefix != NULL) {
        flags_refuse(
            flags, "--prefix %s: of no use with --raw-keys, which has keys as on the wire",
            options->naming.prefix);
        return -1;
    }
    if (options->raw && options->json) {
        flags_refuse(flags, "--raw: of no use with --json; choose one");
        return -1;
    }
    return 0;
}

static bool needs_server(const struct options *options, const char *name)
{
    const struct command *command = name != NULL ? command_find(name) : NULL;

    if (options->help || options->version)
        return false;
    return command == NULL || (command->flags & COMMAND_OFFLINE) == 0;
}

int options_parse(int argc, char **argv, struct options *options, int *ret_count)
{
    struct flag table[FLAG_COUNT];
    struct flags flags = describe(table);
    int kept;

    fill(options, table);
    kept = take_flags(&flags, argc, argv);
    if (kept < 0 || check(&flags, options))
        return -1;
    *ret_count = kept - 1;
    if (!needs_server(options, kept > 1 ? argv[1] : NULL))
        return 0; /* also where the environment is wrong */
    return target_find(&flags, options->host, options->port, &options->server);
}

int options_parse_line(int argc, char **argv, struct options *options, int *ret_count)
{
    const char *host = options->host;
    int port = options->port;
    bool wait = options->wait;

    if (options_parse(argc, argv, options, ret_count))
        return -1;
    if (options->host != host || options->port != port) {
        fprintf(
            stderr, "tcpstore-cli: all lines go to one server; start the program again for "
                    "another\n");
        return -1;
    }
    if (options->wait != wait || options->version) {
        fprintf(
            stderr, "tcpstore-cli: --%s: of no use in a line; start the program with it\n",
            options->version ? "version" : "wait");
        return -1;
    }
    return 0;
}

int32_t options_timeout_ms(const struct options *options)
{
    if (options->timeout_ms == OPTIONS_NO_TIMEOUT)
        return OPTIONS_TIMEOUT_MS;
    return (int32_t)options->timeout_ms;
}

int32_t options_connect_ms(const struct options *options)
{
    int32_t timeout_ms = options_timeout_ms(options);

    if (options->wait || (timeout_ms > 0 && timeout_ms < OPTIONS_CONNECT_MS))
        return timeout_ms;
    return OPTIONS_CONNECT_MS;
}

void options_each_flag(void (*visit)(void *context, const char *name), void *context)
{
    struct options ignored;
    struct flag table[FLAG_COUNT];

    fill(&ignored, table);
    for (size_t i = 0; i < FLAG_COUNT; i++)
        visit(context, table[i].name);
}

void options_print_help(void)
{
    struct options defaults;
    struct flag table[FLAG_COUNT];
    struct flags flags = describe(table);

    options_init(&defaults);
    fill(&defaults, table);
    flags_print_help(&flags);
    command_list(stdout);
    fputs(epilogue, stdout);
    help_print_statuses(status_meaning(STATUS_NO));
}

void options_print_flag(const char *name)
{
    struct options defaults;
    struct flag table[FLAG_COUNT];

    options_init(&defaults);
    fill(&defaults, table);
    for (size_t i = 0; i < FLAG_COUNT; i++) {
        if (strcmp(table[i].name, name) == 0)
            flags_print_flag(&table[i]);
    }
}
