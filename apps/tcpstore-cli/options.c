#include "tcpstore-cli/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/flags.h"
#include "common/quantity.h"
#include "tcpstore-cli/help.h"

enum { FLAG_COUNT = 15 };

static const char epilogue[] =
    "\n"
    "'tcpstore-cli help COMMAND' shows the flags, exit statuses and examples of one\n"
    "command.\n"
    "\n"
    "Flags may stand anywhere, except between the arguments of a command that takes a\n"
    "VALUE: a VALUE may begin with a dash. A negative number such as -5 is never a\n"
    "flag. -- ends the flags.\n"
    "\n"
    "A KEY is written as in Python: k is /k on the wire, or /job/k with --prefix job.\n"
    "The few keys that lack the /, such as PyTorch's own init/, are raw:init/ here.\n"
    "Keys are printed, and may be written, with the escapes \\n, \\r, \\t, \\xNN and \\\\.\n"
    "\n"
    "A VALUE is stored as written; with --escapes, its escapes are replaced first. -\n"
    "stands for the bytes of standard input.\n"
    "\n"
    "RANKS are numbers such as 7, ranges such as 0..1023 or 0-1023, and lists of both\n"
    "such as 0-3,7. In PATTERN, {} is replaced by the rank, and {:03} by the rank in\n"
    "three digits, as in Python's format strings.\n"
    "\n"
    "A GLOB has *, ?, [a-z] and [!a-z]. It is compared with keys as they are printed;\n"
    "an escape counts as one character: x?y matches x\\ny. \\* matches * itself.\n"
    "\n"
    "In JSON, bytes that are valid UTF-8 are a string, others {\"base64\": \"...\"}. The\n"
    "field of a key is key, or raw_key for a key of the wire (raw: or --raw-keys).\n"
    "\n"
    "Without a command, a prompt opens on a terminal. Its lines are kept in the file\n"
    "~/.tcpstore-cli_history. Otherwise each line of standard input is run as a\n"
    "command; # begins a comment. A command that fails is reported with its line\n"
    "number, the next one is run, and the exit status is that of the first failure.\n"
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
        {"now", NULL, NULL,
         "get, mget, pop: do not wait for a key or entry that does not exist; exit 1",
         .on = &o->now},
        {"sizes", NULL, NULL, "keys: also print the size of each value; reads every value",
         .on = &o->sizes},
        {"watch", NULL, NULL,
         "missing: keep looking until all keys exist, and report each change", .on = &o->watch},
        {"escapes", NULL, NULL,
         "set, append, cas, mset, push: VALUE and EXPECTED are written with escapes",
         .on = &o->escapes},
        {"json", NULL, NULL, "print JSON, one object per line", .on = &o->json,
         .group = "Output"},
        {"raw", NULL, NULL, "print the bytes of values unchanged, without a newline",
         .on = &o->raw},
        {"help", NULL, NULL, "print this help and exit", .on = &o->help, .group = "Others"},
        {"version", NULL, NULL, "print the version and exit", .on = &o->version},
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
        .summary = "Inspects and changes the TCPStore of PyTorch jobs.",
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
            flags,
            "--prefix %s: cannot be combined with --raw-keys, whose keys are those of the wire",
            options->naming.prefix);
        return -1;
    }
    if (options->raw && options->json) {
        flags_refuse(flags, "--raw: cannot be combined with --json; choose one");
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
            stderr, "tcpstore-cli: --%s: not possible in a line; start the program with it\n",
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

enum { DEFAULT_PORT = 29500 };

/* NULL if it is not set, or empty. */
static const char *variable(const char *name)
{
    const char *value = getenv(name);

    return value != NULL && *value != '\0' ? value : NULL;
}

static int take_address(const struct flags *flags, struct endpoint *target)
{
    const char *text = variable("MASTER_ADDR");

    if (endpoint_parse(text != NULL ? text : "127.0.0.1", target) == 0)
        return 0;
    flags_refuse(
        flags, "MASTER_ADDR=%s: not a server, expected " ENDPOINT_FORMS "; --host overrides it",
        text);
    return -1;
}

static int take_port(const struct flags *flags, struct endpoint *target)
{
    const char *text = variable("MASTER_PORT");
    uint64_t port;

    if (text == NULL)
        return 0;
    if (quantity_parse_number(text, &port) || port < 1 || port > UINT16_MAX) {
        flags_refuse(
            flags, "MASTER_PORT=%s: not a port, expected 1 to 65535; --port overrides it",
            text);
        return -1;
    }
    target->port = (int)port;
    return 0;
}

int target_find(
    const struct flags *flags, const char *host, int port, struct endpoint *ret_target)
{
    struct endpoint target;
    bool port_given = port != 0;

    if (host != NULL) {
        if (endpoint_of_flags(flags, host, port, &target))
            return -1;
        port_given = target.port != 0;
    } else if (take_address(flags, &target)) {
        return -1;
    } else if (port_given) {
        target.port = port;
    }
    if (!port_given && take_port(flags, &target))
        return -1;
    if (target.port == 0)
        target.port = DEFAULT_PORT;
    *ret_target = target;
    return 0;
}
