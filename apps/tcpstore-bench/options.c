#include "tcpstore-bench/options.h"

#include <string.h>

#include "common/flags.h"
#include "tcpstore-bench/scenario.h"

#define BY_SCENARIO "set by the scenario"

enum { FLAG_COUNT = 18, DEFAULT_PORT = 29500, NO_SCENARIO = -1 };

static void fill(struct options *o, struct flag flags[FLAG_COUNT])
{
    const struct flag table[FLAG_COUNT] = {
        {"host", "HOST", NULL,
         "name or address of the server, also as HOST:PORT, [IPV6]:PORT, "
         "tcp://HOST:PORT or unix:PATH",
         .text = &o->host, .group = "Server"},
        {"port", "PORT", "a port", "port of the server", .number = &o->port, .min = 1,
         .max = UINT16_MAX, .fallback = "29500"},
        {"server-pid", "PID", "a process", "report the CPU time and memory of this process",
         .number = &o->server_pid, .min = 1, .fallback = "none"},
        {"bare", NULL, NULL, "the server has no store: do not prepare it or check its replies",
         .on = &o->bare},
        {"sources", "N", "a number of addresses",
         "connect from so many addresses of this host, 127.0.0.2 and up, when the server is on "
         "it: with one, to find a free port takes the kernel long beyond some thousand clients",
         .number = &o->sources, .min = 1, .max = 250, .fallback = "one, chosen by the kernel"},
        {"scenario", "NAME", "a scenario", "one of the scenarios above", .choice = &o->scenario,
         .choices = scenario_names, .fallback = "",
         .group = "Load (K, M, G and T are powers of 1,024)"},
        {"clients", "N", "a number", "number of connections", .number = &o->clients, .min = 1,
         .fallback = BY_SCENARIO},
        {"pipeline", "N", "a number",
         "operations that a client sends before it waits for replies", .number = &o->pipeline,
         .min = 1, .fallback = BY_SCENARIO},
        {"keys", "N", "a number", "number of different keys", .size = &o->keys, .min = 1,
         .fallback = BY_SCENARIO},
        {"value-size", "SIZE", "a size", "size of each value", .size = &o->value_size, .min = 1,
         .fallback = BY_SCENARIO},
        {"seconds", "SECONDS", "a number of seconds", "how long to measure",
         .milliseconds = &o->duration_ms, .min = 1},
        {"rate", "N", "a number",
         "operations per second of all clients together; each latency then counts from the "
         "operation's scheduled time",
         .number = &o->rate, .min = 1, .fallback = "as fast as replies arrive"},
        {"replay", "FILE", NULL,
         "instead of a scenario: play the operations that tcpstored has recorded, each client "
         "on its own connection",
         .text = &o->replay, .group = "Replay"},
        {"speed", "N", "a number", "keep the times of the record, N times as fast",
         .number = &o->speed, .min = 1, .fallback = "as fast as replies arrive"},
        {"timeout", "SECONDS", "a number of seconds",
         "exit if the server sends nothing for this long, or a replay takes longer",
         .milliseconds = &o->timeout_ms, .min = 1, .group = "Others"},
        {"json", NULL, NULL, "print JSON instead of a table", .on = &o->json},
        {"help", NULL, NULL, "print this help and exit", .on = &o->help, .letter = 'h'},
        {"version", NULL, NULL, "print the version and exit", .on = &o->version},
    };

    for (size_t i = 0; i < FLAG_COUNT; i++)
        flags[i] = table[i];
}

static void set_defaults(struct options *options)
{
    *options = (struct options){
        .host = "127.0.0.1",
        .scenario = NO_SCENARIO,
        .duration_ms = 5000,
        .timeout_ms = 300000};
}

static struct flags describe(const struct flag table[FLAG_COUNT])
{
    return (struct flags){
        .program = "tcpstore-bench",
        .usage = "[--host HOST] [--port PORT] (--scenario NAME | --replay FILE) [FLAG]...",
        .summary =
            "Puts load on a TCPStore server and measures how fast it is.\n\n" SCENARIO_HELP,
        .table = table,
        .count = FLAG_COUNT,
    };
}

static void fill_defaults(struct options *options)
{
    const struct scenario *scenario = &scenarios[options->scenario];

    if (options->clients == 0)
        options->clients = scenario->clients;
    if (options->pipeline == 0)
        options->pipeline = scenario->pipeline;
    if (options->keys == 0)
        options->keys = scenario->keys;
    if (options->value_size == 0)
        options->value_size = scenario->value_size;
}

/* There is no default: it could put load on the store of a running job. */
static int check_scenario(const struct flags *flags, struct options *options)
{
    if (options->replay != NULL && options->scenario != NO_SCENARIO) {
        flags_refuse(flags, "--replay: cannot be combined with --scenario; choose one");
        return -1;
    }
    if (options->replay != NULL)
        return 0;
    if (options->scenario == NO_SCENARIO) {
        flags_refuse(
            flags, "--scenario: required, it selects the load\nusage: %s %s", flags->program,
            flags->usage);
        return -1;
    }
    if (strcmp(scenario_names[options->scenario], "memory") == 0 && options->server_pid == 0) {
        flags_refuse(
            flags, "--scenario memory: needs --server-pid PID, the process to measure");
        return -1;
    }
    fill_defaults(options);
    return 0;
}

int options_parse(int argc, char **argv, struct options *ret_options)
{
    struct options parsed;
    struct flag table[FLAG_COUNT];
    struct flags flags;
    int end;

    set_defaults(&parsed);
    fill(&parsed, table);
    flags = describe(table);
    end = flags_parse(&flags, argc, argv);
    if (end < 0)
        return -1;
    if (end < argc) {
        flags_refuse(&flags, "%s: not a flag; a scenario follows --scenario", argv[end]);
        return -1;
    }
    if (endpoint_of_flags(&flags, parsed.host, parsed.port, &parsed.server))
        return -1;
    if (parsed.server.port == 0)
        parsed.server.port = DEFAULT_PORT;
    if (!parsed.help && !parsed.version && check_scenario(&flags, &parsed))
        return -1;
    *ret_options = parsed;
    return 0;
}

void options_print_help(void)
{
    struct options defaults;
    struct flag table[FLAG_COUNT];
    struct flags flags;

    set_defaults(&defaults);
    fill(&defaults, table);
    flags = describe(table);
    flags_print_help(&flags);
}
