#include "tcpstore-cli/options.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "common/flags.h"
#include "common/quantity.h"

enum {
    FLAG_COUNT = 29,
    SERVER_FLAGS = 9, /* the first of them */
    DEFAULT_PORT = 29500,
};

static void fill_server(struct options *o, struct flag flags[SERVER_FLAGS])
{
    const struct flag table[SERVER_FLAGS] = {
        {"host", "HOST", NULL,
         "name or address of the server, also as HOST:PORT, [IPV6]:PORT, tcp://HOST:PORT, or "
         "unix:PATH for the Unix socket of tcpstored --unix",
         .text = &o->host, .fallback = "MASTER_ADDR, else 127.0.0.1", .group = "Which server",
         .letter = 'h'},
        {"port", "PORT", "a port", "its port", .number = &o->port, .min = 1, .max = UINT16_MAX,
         .fallback = "MASTER_PORT, else 29500", .letter = 'p'},
        {"wait", NULL, NULL,
         "keep trying to connect, for --timeout at most, instead of trying once",
         .on = &o->wait},
        {"timeout", "SECONDS", "a number of seconds",
         "how long a command waits, and with --wait how long to try to connect",
         .milliseconds = &o->timeout_ms, .max = INT32_MAX,
         .fallback = "30; with --watch, until all exist"},
        {"http", "ENDPOINT", NULL,
         "where tcpstored serves HTTP, for why, top and the like: HOST:PORT, HOST or unix:PATH",
         .text = &o->http, .fallback = "TCPSTORE_HTTP, else the server itself"},
        {"secret-file", "FILE", NULL,
         "connect with TLS, to the --trunk of tcpstored, by its shared secret in FILE",
         .text = &o->secret_file, .fallback = "no TLS"},
        {"tls-cert", "FILE", NULL, "or by certificates: this end's, in PEM",
         .text = &o->tls_cert, .fallback = ""},
        {"tls-key", "FILE", NULL, "the key of --tls-cert", .text = &o->tls_key, .fallback = ""},
        {"tls-ca", "FILE", NULL, "the authorities that sign the server's certificate",
         .text = &o->tls_ca, .fallback = ""},
    };

    memcpy(flags, table, sizeof(table));
}

static void fill(struct options *o, struct flag flags[FLAG_COUNT])
{
    const struct flag table[FLAG_COUNT - SERVER_FLAGS] = {
        {"prefix", "NAME", NULL, "keys of PrefixStore(NAME, ...) only; outer/inner nests",
         .text = &o->naming.prefix, .group = "Which keys"},
        {"raw-keys", NULL, NULL, "keys are as on the wire, with their leading /",
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
        {"world", "N", "a number of ranks", "why, top: how many ranks the job has",
         .number = &o->world, .min = 1, .max = OPTIONS_WORLD_MAX, .fallback = ""},
        {"hang", "SECONDS", "a whole number of seconds",
         "why, top: a wait of this length counts as a hang", .number = &o->hang_seconds,
         .max = OPTIONS_HANG_MAX, .fallback = "that of the server's --slow-wait"},
        {"all", NULL, NULL, "why: omit no line", .on = &o->all},
        {"store", "NAME", NULL, "why, top, stat, clients: of the store that has this name",
         .text = &o->store},
        {"every", "SECONDS", "a number of seconds",
         "stat, top, monitor: look again after this time", .milliseconds = &o->every_ms,
         .min = OPTIONS_EVERY_MIN_MS, .max = INT32_MAX,
         .fallback = "stat once, top 1, monitor 0.25"},
        {"client", "NUMBER", "the number of a client",
         "trace, monitor: operations of this client only", .size = &o->trace_client, .min = 1,
         .max = UINT32_MAX, .fallback = ""},
        {"key", "GLOB", NULL, "trace: operations whose first key matches",
         .text = &o->key_glob},
        {"limit", "NUMBER", "a number",
         "clients: the first ones only; trace: the last ones only", .size = &o->limit, .min = 1,
         .fallback = "", .letter = 'n'},
        {"yes", NULL, NULL, "flush: delete all keys without asking", .on = &o->yes},
        {"json", NULL, NULL, "print JSON, one object per line", .on = &o->json,
         .group = "Output"},
        {"raw", NULL, NULL, "print the bytes of values unchanged, without a newline",
         .on = &o->raw},
        {"help", NULL, NULL, "print this help and exit", .on = &o->help, .group = "Others"},
        {"version", NULL, NULL, "print the version and exit", .on = &o->version},
    };

    fill_server(o, flags);
    memcpy(flags + SERVER_FLAGS, table, sizeof(table));
}

void options_init(struct options *ret_options)
{
    *ret_options = (struct options){.timeout_ms = OPTIONS_NO_TIMEOUT, .hang_seconds = -1};
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

/* Returns how many words were kept, argv[0] among them. */
static int take_flags(
    const struct flags *flags, int argc, char **argv, options_is_argument_fn *is_argument)
{
    int kept = 1;
    int at = 1;

    while (at < argc) {
        int passed = 0;

        if (!is_argument(argv + 1, kept - 1))
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
            "--prefix %s: cannot be combined with --raw-keys; a raw key includes its prefix",
            options->naming.prefix);
        return -1;
    }
    if (options->raw && options->json) {
        flags_refuse(flags, "--raw: cannot be combined with --json; choose one");
        return -1;
    }
    return 0;
}

int options_parse(
    int argc, char **argv, options_is_argument_fn *is_argument, struct options *options,
    int *ret_count)
{
    struct flag table[FLAG_COUNT];
    struct flags flags;
    int kept;

    fill(options, table);
    flags = describe(table);
    kept = take_flags(&flags, argc, argv, is_argument);
    if (kept < 0 || check(&flags, options))
        return -1;
    *ret_count = kept - 1;
    return 0;
}

/* NULL if it is not set or empty. */
static const char *variable(const char *name)
{
    const char *value = getenv(name);

    return value != NULL && *value != '\0' ? value : NULL;
}

static int take_address(const struct flags *flags, struct endpoint *server)
{
    const char *text = variable("MASTER_ADDR");

    if (endpoint_parse(text != NULL ? text : "127.0.0.1", server) == 0)
        return 0;
    flags_refuse(
        flags, "MASTER_ADDR=%s: not a server, expected " ENDPOINT_FORMS "; --host overrides it",
        text);
    return -1;
}

static int take_port(const struct flags *flags, struct endpoint *server)
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
    server->port = (int)port;
    return 0;
}

/* Without a port, that of the store. */
static int take_http(const struct flags *flags, struct options *options)
{
    const char *name = options->http != NULL ? "--http " : "TCPSTORE_HTTP=";
    const char *text = options->http != NULL ? options->http : variable("TCPSTORE_HTTP");

    options->http_server = options->server;
    if (text == NULL)
        return 0;
    if (endpoint_parse(text, &options->http_server)) {
        flags_refuse(
            flags, "%s%s: not a server, expected HOST:PORT, [IPV6]:PORT, HOST or unix:PATH",
            name, text);
        return -1;
    }
    if (options->http_server.port == 0)
        options->http_server.port = options->server.port;
    return 0;
}

int options_find_server(struct options *options)
{
    struct flag table[FLAG_COUNT];
    struct flags flags;
    bool port_given = options->port != 0;
    struct endpoint server;

    fill(options, table);
    flags = describe(table);
    if (options->host != NULL) {
        if (endpoint_of_flags(&flags, options->host, options->port, &server))
            return -1;
        port_given = server.port != 0;
    } else if (take_address(&flags, &server)) {
        return -1;
    } else if (port_given) {
        server.port = options->port;
    }
    if (!port_given && take_port(&flags, &server))
        return -1;
    if (server.port == 0)
        server.port = DEFAULT_PORT;
    options->server = server;
    return take_http(&flags, options);
}

bool options_use_tls(const struct options *options)
{
    return options->secret_file != NULL || options->tls_cert != NULL ||
           options->tls_key != NULL || options->tls_ca != NULL;
}

bool options_have_http_server(const struct options *options)
{
    return options->http_server.port != options->server.port ||
           strcmp(options->http_server.host, options->server.host) != 0;
}

bool options_http_uses_tls(const struct options *options)
{
    return options_use_tls(options) && !options_have_http_server(options);
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
    struct flags flags;

    options_init(&defaults);
    fill(&defaults, table);
    flags = describe(table);
    flags_print_help(&flags);
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
