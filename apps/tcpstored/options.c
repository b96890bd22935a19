#include "tcpstored/options.h"

#include "common/quantity.h"
#include "tcpstored/activation.h"
#include "tcpstored/flag_table.h"
#include "tcpstored/limits.h"
#include "tcpstored/log.h"

static const char *const loopback[] = {"127.0.0.1"};

static void init(struct options *ret_options)
{
    *ret_options = (struct options){.port = -1, .log_level = TCPSTORE_LOG_INFO};
    tcpstore_server_options_init(&ret_options->server);
    ret_options->server.log = log_write;
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
            "--bind %s: cannot be combined with the socket handed over as %d, which is already "
            "bound",
            bind->items[0], options->server.listen_fd);
        return -1;
    }
    return 0;
}

/* The table of flags has checked each limit alone: what is left is that they fit together.
 * Apart from the server's other options, to name the flags. */
static int check_output_limits(const struct flags *flags, const struct tcpstore_limits *limits)
{
    struct tcpstore_server_options alone;
    struct tcpstore_error error;
    char cap[QUANTITY_TEXT_SIZE];
    char high_water[QUANTITY_TEXT_SIZE];
    char value[QUANTITY_TEXT_SIZE];

    tcpstore_server_options_init(&alone);
    alone.limits = *limits;
    if (tcpstore_server_options_check(&alone, &error) == 0)
        return 0;
    quantity_format_size(limits->output_hard_cap, cap);
    quantity_format_size(limits->output_high_water, high_water);
    quantity_format_size(limits->value_bytes, value);
    flags_refuse(
        flags,
        "--output-hard-cap %s: too small to send every value of --max-value-bytes %s, expected "
        "at least that, twice --output-high-water %s, and 1K",
        cap, value, high_water);
    return -1;
}

static void settle_lists(struct options *options)
{
    struct tcpstore_server_options *server = &options->server;
    bool given = options->bind.count > 0;

    server->addresses = given ? options->bind.items : loopback;
    server->address_count = given ? options->bind.count : 1;
    server->allowed = options->allow.items;
    server->allowed_count = options->allow.count;
}

/* The server's errors begin with the name of what they are about: --bind, --allow. */
static int check_server(const struct flags *flags, const struct options *options)
{
    struct tcpstore_error error;

    if (tcpstore_server_options_check(&options->server, &error) == 0)
        return 0;
    flags_refuse(flags, "--%s", error.text);
    return -1;
}

static void settle_port(struct options *options)
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
            flags, "%s: not a flag; a value belongs behind its flag, as in --port 29500",
            argv[rest]);
        return -1;
    }
    if (options->server.listen_fd < 0 && activation_socket(&options->server.listen_fd))
        return -1;
    if (check_bind(flags, options) || check_output_limits(flags, &options->server.limits))
        return -1;
    settle_lists(options);
    return check_server(flags, options);
}

int options_parse(int argc, char **argv, struct options *ret_options)
{
    struct flag_table table;
    struct flags flags;

    init(ret_options);
    flag_table_fill(ret_options, &table);
    flags = describe(&table);
    if (parse(&flags, argc, argv, ret_options))
        return -1;
    settle_port(ret_options);
    ret_options->server.log_level = (enum tcpstore_log_level)ret_options->log_level;
    return 0;
}

void options_print_help(void)
{
    struct options defaults;
    struct flag_table table;
    struct flags flags;

    init(&defaults);
    flag_table_fill(&defaults, &table);
    flags = describe(&table);
    flags_print_help(&flags);
}
