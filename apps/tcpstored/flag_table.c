#include "tcpstored/flag_table.h"

#include <string.h>

#include "tcpstored/log.h"

#define LITERAL(x) #x
#define TEXT_OF(x) LITERAL(x)

#define MIB ((uint64_t)1 << 20)
#define GIB ((uint64_t)1 << 30)

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
         .fallback = TEXT_OF(DEFAULT_PORT) ", or that of --listen-fd"},
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
         "write the port to FILE, which may be a FIFO or /dev/fd/N, as soon as clients can "
         "connect",
         .text = &o->port_file},
    };
    APPEND(table, flags);
}

static void append_limits(struct flag_table *table, struct options *o)
{
    struct tcpstore_limits *limits = &o->server.limits;
    const struct flag flags[] = {
        {"max-key-bytes", "SIZE", "a key size", "longest key", .size = &limits->key_bytes,
         .min = 1, .max = UINT16_MAX, .group = "Limits (K, M, G and T are powers of 1,024)"},
        {"max-value-bytes", "SIZE", "a value size", "longest value",
         .size = &limits->value_bytes, .min = 1, .max = GIB},
        {"max-keys-per-request", "NUMBER", "a number of keys", "most keys in one request",
         .size = &limits->keys_per_request, .min = 1, .max = UINT32_MAX},
        {"max-memory", "SIZE", "a memory size",
         "most memory for keys, values and clients; by default at most half of what the "
         "machine or the container has",
         .size = &limits->memory_bytes, .min = MIB},
        {"max-clients", "NUMBER", "a number of clients",
         "most clients at once, plus four from this host", .size = &o->max_clients, .min = 1,
         .fallback = "what open files and memory allow"},
        {"max-queue-entries", "NUMBER", "a number of entries", "most entries in one queue",
         .size = &limits->queue_entries, .min = 1},
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

static void append_others(struct flag_table *table, struct options *o)
{
    const struct flag flags[] = {
        {"log-level", "LEVEL", "a log level",
         "minimum level logged to stderr: debug, info, warn or error", .choice = &o->log_level,
         .choices = log_level_names, .group = "Others"},
        {"help", NULL, NULL, "print this help and exit", .on = &o->help, .letter = 'h'},
        {"version", NULL, NULL, "print the version and exit", .on = &o->version},
    };
    APPEND(table, flags);
}

void flag_table_fill(struct options *options, struct flag_table *ret_table)
{
    ret_table->count = 0;
    append_listening(ret_table, options);
    append_limits(ret_table, options);
    append_others(ret_table, options);
}
