#include "tcpstored/options.h"

#include <stdlib.h>
#include <string.h>

#include "common/quantity.h"
#include "tcpstored/limits.h"
#include "tcpstored/log.h"
#include "tcpstored/record_file.h"
#include "tcpstored/systemd.h"
#include "tcpstored/unix_flags.h"

#define DEFAULT_PORT 29500

#define LITERAL(x) #x
#define TEXT_OF(x) LITERAL(x)

#define MIB ((uint64_t)1 << 20)
#define GIB ((uint64_t)1 << 30)

#define RECORD_MIN (MIB / 16)
#define RECORD_MAX (4 * MIB)

/* Every flag of the daemon; a new flag is a row in one of the append functions. */
struct flag_table {
    struct flag flags[FLAGS_MAX];
    size_t count;
};

static const char *const loopback[] = {"127.0.0.1"};

static void append(struct flag_table *table, const struct flag *flags, size_t count)
{
    memcpy(table->flags + table->count, flags, count * sizeof(*flags));
    table->count += count;
}

#define APPEND(table, flags) append(table, flags, sizeof(flags) / sizeof((flags)[0]))

static void append_listening(struct flag_table *table, struct options *o)
{
    const struct flag flags[] = {
        {"port", "PORT", "a port", "port to listen on; 0 picks a free one", .number = &o->port,
         .max = UINT16_MAX, .group = "Listening",
         .fallback = TEXT_OF(DEFAULT_PORT) ", or the port of --listen-fd"},
        {"bind", "ADDRESS", NULL,
         "numeric address to listen on, :: for every interface; may be repeated",
         .list = &o->bind, .fallback = "127.0.0.1"},
        {"allow", "NETWORK", NULL,
         "accept clients only from NETWORK, such as 10.0.0.0/8, and disconnect all others; add "
         "127.0.0.0/8 for clients on this host; may be repeated",
         .list = &o->allow, .fallback = "every host"},
        {"listen-fd", "NUMBER", "a descriptor",
         "serve on this open descriptor, a bound TCP socket, instead of --bind",
         .number = &o->server.listen_fd, .fallback = ""},
        {"port-file", "FILE", NULL,
         "write the port to FILE atomically as soon as clients can connect; FILE may be a FIFO "
         "or /dev/fd/N",
         .text = &o->port_file},
        {"unix", "PATH", NULL, "also listen on a Unix socket there, for clients on this host",
         .text = &o->server.unix_path, .fallback = "none"},
        {"unix-mode", "MODE", NULL,
         "permissions of the Unix socket, which decide who may connect", .text = &o->unix_mode,
         .fallback = "0600"},
        {"unix-owner", "OWNER", NULL,
         "user and group of the Unix socket: USER, USER:GROUP or :GROUP",
         .text = &o->unix_owner, .fallback = "those of the process"},
    };
    APPEND(table, flags);
}

static void append_http(struct flag_table *table, struct options *o)
{
    static const char *const choices[] = {"on", "off", NULL};
    const struct flag flags[] = {
        {"http", "SWITCH", "on or off",
         "on or off: serve HTTP, which shows what the server does and why a job hangs, on the "
         "same port",
         .choice = &o->http, .choices = choices, .group = "Diagnosis"},
        {"http-allow", "NETWORK", NULL, "serve HTTP only to NETWORK; may be repeated",
         .list = &o->http_allow, .fallback = "those of --allow"},
        {"http-bind", "ENDPOINT", NULL,
         "serve HTTP at this address and port instead, as 127.0.0.1:8080 or [::1]:8080",
         .text = &o->http_bind, .fallback = "the store's own port"},
        {"identify", "SWITCH", "on or off",
         "on or off: name the processes and ranks of clients on this host, from /proc",
         .choice = &o->identify, .choices = choices},
        {"slow-wait", "SECONDS", "a number of seconds",
         "log which rank clients wait for, once a wait has lasted this long; 0: never",
         .milliseconds = &o->server.limits.slow_wait_ms},
    };
    APPEND(table, flags);
}

static void append_jobs(struct flag_table *table, struct options *o)
{
    const struct flag flags[] = {
        {"job-ports", "PORTS", NULL,
         "FIRST-LAST: ports for the stores that jobs open by HTTP, one for each",
         .text = &o->job_ports, .fallback = "any that is free", .group = "Stores of jobs"},
        {"job-memory", "SIZE", "a memory size",
         "maximum memory of each of them, out of --max-memory",
         .size = &o->server.job_memory_bytes, .min = MIB},
        {"max-stores", "NUMBER", "a number of stores", "maximum number of them",
         .size = &o->server.job_stores_max, .max = UINT16_MAX},
        {"job-linger", "SECONDS", "a number of seconds",
         "forget one that has had clients, once it has had none for this long",
         .milliseconds = &o->server.job_linger_ms},
    };
    APPEND(table, flags);
}

static void append_relays(struct flag_table *table, struct options *o)
{
    const struct flag flags[] = {
        {"upstream", "ENDPOINT", NULL,
         "be a relay of the store, or of the relay, whose --trunk is at this host and port, as "
         "head:29600; repeat it to name other places to look for the store",
         .list = &o->upstream, .fallback = "serve them by itself", .group = "Relays"},
        {"trunk", "ENDPOINT", NULL,
         "accept relays at this address and port, as 10.0.0.1:29600; with TLS, clients, too",
         .text = &o->trunk, .fallback = "no relays"},
        {"secret-file", "FILE", NULL,
         "encrypt trunks by the shared secret in FILE, which tcpstored keygen makes",
         .text = &o->server.secret_file, .fallback = "no TLS"},
        {"tls-cert", "FILE", NULL, "or by certificates: this end's, in PEM",
         .text = &o->server.tls_cert, .fallback = ""},
        {"tls-key", "FILE", NULL, "the key of --tls-cert", .text = &o->server.tls_key,
         .fallback = ""},
        {"tls-ca", "FILE", NULL, "the authorities that sign the other ends' certificates",
         .text = &o->server.tls_ca, .fallback = ""},
        {"trunk-allow", "NAME", NULL,
         "accept only who has proved to have this name, as in node-*; may be repeated",
         .list = &o->trunk_allow, .fallback = "everyone with a secret or certificate"},
        {"insecure-trunk", NULL, NULL, "let trunks between hosts go without TLS",
         .on = &o->server.insecure_trunk},
        {"relay-timeout", "SECONDS", "a number of seconds",
         "disconnect the clients of a relay whose connection has been lost for this long",
         .milliseconds = &o->server.relay_timeout_ms, .min = 1},
    };
    APPEND(table, flags);
}

static void append_limits(struct flag_table *table, struct options *o)
{
    struct tcpstore_limits *limits = &o->server.limits;
    const struct flag flags[] = {
        {"max-key-bytes", "SIZE", "a key size", "maximum length of a key",
         .size = &limits->key_bytes, .min = 1, .max = UINT16_MAX,
         .group = "Limits (K, M, G and T are powers of 1,024)"},
        {"max-value-bytes", "SIZE", "a value size", "maximum length of a value",
         .size = &limits->value_bytes, .min = 1, .max = GIB},
        {"max-keys-per-request", "NUMBER", "a number of keys",
         "maximum number of keys in one request", .size = &limits->keys_per_request, .min = 1,
         .max = UINT32_MAX},
        {"max-memory", "SIZE", "a memory size",
         "maximum memory for keys, values and clients; by default at most half of what the "
         "machine or container has",
         .size = &limits->memory_bytes, .min = MIB},
        {"max-clients", "NUMBER", "a number of clients",
         "maximum number of clients, plus four from this host", .size = &o->max_clients,
         .min = 1, .fallback = "as many as open files and memory allow"},
        {"max-queue-entries", "NUMBER", "a number of entries",
         "maximum number of entries in one queue", .size = &limits->queue_entries, .min = 1},
        {"validate-timeout", "SECONDS", "a number of seconds",
         "disconnect clients that have not sent VALIDATE within this time",
         .milliseconds = &limits->validate_ms, .min = 1},
        {"output-high-water", "SIZE", "a size",
         "stop reading from a client with this many bytes of unsent replies",
         .size = &limits->output_high_water, .min = 1},
        {"output-hard-cap", "SIZE", "a size",
         "disconnect a client with this many bytes of unsent replies",
         .size = &limits->output_hard_cap, .min = 1},
    };
    APPEND(table, flags);
}

static void append_record(struct flag_table *table, struct options *o)
{
    const struct flag flags[] = {
        {"record", "SIZE", "a size",
         "memory for the last operations of all clients, which SIGUSR1 writes to a file, for "
         "tcpstore-cli trace; 64K to 4M, or 0 for none",
         .size = &o->server.limits.record_bytes, .max = RECORD_MAX,
         .group = "Record of operations"},
        {"record-file", "FILE", NULL,
         "file that SIGUSR1 and fatal errors replace by the record", .text = &o->record_file,
         .fallback = "tcpstored-PID.record in $TMPDIR or /tmp"},
    };
    APPEND(table, flags);
}

static void append_others(struct flag_table *table, struct options *o)
{
    const struct flag flags[] = {
        {"log-level", "LEVEL", "a log level",
         "minimum level logged to stderr: debug, info, warn or error", .choice = &o->log_level,
         .choices = log_level_names, .group = "Others"},
        {"once", NULL, NULL, "exit when the last client has left", .on = &o->server.once},
        {"help", NULL, NULL, "print this help and exit", .on = &o->help, .letter = 'h'},
        {"version", NULL, NULL, "print the version and exit", .on = &o->version},
    };
    APPEND(table, flags);
}

static void fill_table(struct options *options, struct flag_table *ret_table)
{
    ret_table->count = 0;
    append_listening(ret_table, options);
    append_jobs(ret_table, options);
    append_relays(ret_table, options);
    append_limits(ret_table, options);
    append_http(ret_table, options);
    append_record(ret_table, options);
    append_others(ret_table, options);
}

static void set_defaults(struct options *ret_options)
{
    *ret_options = (struct options){.port = -1, .log_level = TCPSTORE_LOG_INFO};
    tcpstore_server_options_init(&ret_options->server);
    ret_options->server.log = log_write;
    ret_options->server.record = record_file_write;
    ret_options->server.limits.memory_bytes = limits_default_memory();
}

static struct flags describe(const struct flag_table *table)
{
    return (struct flags){
        .program = "tcpstored",
        .usage = "[FLAG]...",
        .summary = "Serves as the TCPStore of PyTorch jobs until SIGTERM, SIGINT or SIGHUP.",
        .table = table->flags,
        .count = table->count,
    };
}

static int check_bind(const struct flags *flags, const struct options *options)
{
    const struct flag_list *bind = &options->bind;

    if (bind->count > 0 && options->server.listen_fd >= 0) {
        flags_refuse(
            flags,
            "--bind %s: cannot be combined with the inherited socket %d, which is already "
            "bound",
            bind->items[0], options->server.listen_fd);
        return -1;
    }
    return 0;
}

static int check_record(const struct flags *flags, const struct tcpstore_limits *limits)
{
    char size[QUANTITY_TEXT_SIZE];

    if (limits->record_bytes == 0 || limits->record_bytes >= RECORD_MIN)
        return 0;
    quantity_format_size(limits->record_bytes, size);
    flags_refuse(flags, "--record %s: too small, expected 64K to 4M, or 0 for none", size);
    return -1;
}

/* flags_parse has checked each limit by itself; this checks that they fit together. Separate
 * from check_server, so that the message can name the flags. */
static int check_output_limits(const struct flags *flags, const struct tcpstore_limits *limits)
{
    struct tcpstore_server_options only_limits;
    struct tcpstore_error error;
    char cap[QUANTITY_TEXT_SIZE];
    char high_water[QUANTITY_TEXT_SIZE];
    char value[QUANTITY_TEXT_SIZE];

    tcpstore_server_options_init(&only_limits);
    only_limits.limits = *limits;
    if (tcpstore_server_options_check(&only_limits, &error) == 0)
        return 0;
    quantity_format_size(limits->output_hard_cap, cap);
    quantity_format_size(limits->output_high_water, high_water);
    quantity_format_size(limits->value_bytes, value);
    flags_refuse(
        flags,
        "--output-hard-cap %s: too small, expected at least --max-value-bytes %s plus twice "
        "--output-high-water %s plus 1K",
        cap, value, high_water);
    return -1;
}

/* Divides ADDRESS:PORT, where an IPv6 address has brackets. Returns -1 if it is not that. */
static int divide(const char *text, char *address, uint16_t *ret_port)
{
    const char *colon = strrchr(text, ':');
    size_t len = colon == NULL ? 0 : (size_t)(colon - text);
    char *end;
    unsigned long port;

    if (len > 2 && *text == '[' && text[len - 1] == ']') {
        text++;
        len -= 2;
    } else if (len > 0 && memchr(text, ':', len) != NULL) {
        return -1;
    }
    if (len == 0 || len >= ADDRESS_SIZE || colon[1] < '0' || colon[1] > '9')
        return -1;
    port = strtoul(colon + 1, &end, 10);
    if (*end != 0 || port > UINT16_MAX)
        return -1;
    memcpy(address, text, len);
    address[len] = 0;
    *ret_port = (uint16_t)port;
    return 0;
}

/* Divides what the flag was given; `example` is a port for the message. */
static int take_endpoint(
    const struct flags *flags, const char *flag, const char *text, const char *example,
    char *address, uint16_t *ret_port)
{
    if (divide(text, address, ret_port) == 0)
        return 0;
    flags_refuse(
        flags, "--%s %s: expected ADDRESS:PORT, as in 127.0.0.1:%s or [::1]:%s", flag, text,
        example, example);
    return -1;
}

/* Separate from check_server, so that the message can name the flags. */
static int check_http(const struct flags *flags, const struct options *options)
{
    bool has_bind = options->http_bind != NULL;

    if (options->server.http || (!has_bind && options->http_allow.count == 0))
        return 0;
    flags_refuse(
        flags, "--%s %s: cannot be combined with --http off; leave one of them out",
        has_bind ? "http-bind" : "http-allow",
        has_bind ? options->http_bind : options->http_allow.items[0]);
    return -1;
}

static int fill_http(const struct flags *flags, struct options *options)
{
    struct tcpstore_server_options *server = &options->server;

    server->http = options->http == 0;
    server->identify = options->identify == 0;
    server->http_allowed = options->http_allow.items;
    server->http_allowed_count = options->http_allow.count;
    if (check_http(flags, options))
        return -1;
    if (options->http_bind == NULL)
        return 0;
    server->http_address = options->http_address;
    return take_endpoint(
        flags, "http-bind", options->http_bind, "8080", options->http_address,
        &server->http_port);
}

static int fill_trunk(const struct flags *flags, struct options *options)
{
    struct tcpstore_server_options *server = &options->server;

    if (options->trunk == NULL)
        return 0;
    server->trunk_address = options->trunk_address;
    return take_endpoint(
        flags, "trunk", options->trunk, "29600", options->trunk_address, &server->trunk_port);
}

/* Takes a port from the front of *text. Returns false if there is none. */
static bool take_port(const char **text, uint16_t *ret_port)
{
    char *end;
    unsigned long port = **text >= '0' && **text <= '9' ? strtoul(*text, &end, 10) : 0;

    if (port == 0 || port > UINT16_MAX)
        return false;
    *text = end;
    *ret_port = (uint16_t)port;
    return true;
}

/* "29501-29999". */
static bool parse_ports(const char *text, uint16_t *ret_first, uint16_t *ret_last)
{
    return take_port(&text, ret_first) && *text++ == '-' && take_port(&text, ret_last) &&
           *text == '\0' && *ret_first <= *ret_last;
}

static int fill_jobs(const struct flags *flags, struct options *options)
{
    struct tcpstore_server_options *server = &options->server;

    if (options->job_ports == NULL ||
        parse_ports(options->job_ports, &server->job_first_port, &server->job_last_port))
        return 0;
    flags_refuse(
        flags, "--job-ports %s: expected FIRST-LAST, as in 29501-29999", options->job_ports);
    return -1;
}

static void fill_lists(struct options *options)
{
    struct tcpstore_server_options *server = &options->server;
    bool given = options->bind.count > 0;

    server->addresses = given ? options->bind.items : loopback;
    server->address_count = given ? options->bind.count : 1;
    server->upstreams = options->upstream.items;
    server->upstream_count = options->upstream.count;
    server->trunk_allowed = options->trunk_allow.items;
    server->trunk_allowed_count = options->trunk_allow.count;
    server->allowed = options->allow.items;
    server->allowed_count = options->allow.count;
}

/* The server's errors begin with the flag's name without dashes: bind, allow. */
static int check_server(const struct flags *flags, const struct options *options)
{
    struct tcpstore_error error;

    if (tcpstore_server_options_check(&options->server, &error) == 0)
        return 0;
    flags_refuse(flags, "--%s", error.text);
    return -1;
}

static void choose_port(struct options *options)
{
    struct tcpstore_server_options *server = &options->server;

    if (options->port >= 0)
        server->port = (uint16_t)options->port;
    else
        server->port = server->listen_fd >= 0 ? 0 : DEFAULT_PORT;
}

static int parse(const struct flags *flags, int argc, char **argv, struct options *options)
{
    int rest = flags_parse(flags, argc, argv);

    if (rest < 0)
        return -1;
    if (rest < argc) {
        flags_refuse(
            flags, "%s: not a flag; a value follows its flag, as in --port 29500", argv[rest]);
        return -1;
    }
    if (options->server.listen_fd < 0 && systemd_socket(&options->server.listen_fd))
        return -1;
    if (check_bind(flags, options) || check_record(flags, &options->server.limits) ||
        check_output_limits(flags, &options->server.limits))
        return -1;
    fill_lists(options);
    if (unix_flags_fill(flags, options->unix_mode, options->unix_owner, &options->server) ||
        fill_http(flags, options) || fill_jobs(flags, options) || fill_trunk(flags, options))
        return -1;
    return check_server(flags, options);
}

int options_parse(int argc, char **argv, struct options *ret_options)
{
    struct flag_table table;
    struct flags flags;

    set_defaults(ret_options);
    fill_table(ret_options, &table);
    flags = describe(&table);
    if (parse(&flags, argc, argv, ret_options))
        return -1;
    choose_port(ret_options);
    ret_options->server.log_level = (enum tcpstore_log_level)ret_options->log_level;
    return 0;
}

void options_print_help(void)
{
    struct options defaults;
    struct flag_table table;
    struct flags flags;

    set_defaults(&defaults);
    fill_table(&defaults, &table);
    flags = describe(&table);
    flags_print_help(&flags);
}
