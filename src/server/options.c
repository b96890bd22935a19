#include "server/options.h"

#include "base/error.h"
#include "server/allow_list.h"
#include "server/endpoint.h"
#include "server/listen_plan.h"

#define KI ((size_t)1024)
#define MI (KI * 1024)
#define GI (MI * 1024)

enum { UNIX_MODE = 0600 /* only the user of the server, and root */ };

void tcpstore_server_options_init(struct tcpstore_server_options *options)
{
    *options = (struct tcpstore_server_options){
        .listen_fd = -1,
        .http = true,
        .identify = true,
        .job_linger_ms = 60000,
        .unix_mode = UNIX_MODE,
        .unix_user = UNIX_OWNER_KEPT,
        .unix_group = UNIX_OWNER_KEPT,
        .relay_timeout_ms = 30000,
        .job_stores_max = 1000,
        .job_memory_bytes = GI,
        .limits =
            {
                .key_bytes = 8 * KI,
                .value_bytes = 8 * MI,
                .keys_per_request = 128 * KI,
                .memory_bytes = 8 * GI,
                .clients = MI,
                .queue_entries = MI,
                .validate_ms = 30000,
                .slow_wait_ms = 30000,
                .output_high_water = MI,
                .output_hard_cap = GI,
                .record_bytes = MI,
            },
    };
}

struct range {
    const char *name;
    size_t value;
    size_t min;
    size_t max;
};

/* To inspect a full store, a client on this host lists its keys. That takes at most as much
 * memory as the keys do; 64 MiB are enough for a million keys. */
size_t memory_reserve(size_t memory_bytes)
{
    const size_t max = 64 * MI;
    size_t half = memory_bytes / 2;

    return half < max ? half : max;
}

size_t limits_sendable_value(const struct tcpstore_limits *limits)
{
    size_t mark = limits->output_high_water;
    size_t above_mark = limits->output_hard_cap - mark;

    return above_mark >= mark + KI ? above_mark - mark - KI : 0;
}

static int check_values_sendable(
    const struct tcpstore_limits *limits, struct tcpstore_error *error)
{
    if (limits->value_bytes <= limits_sendable_value(limits))
        return 0;
    return error_set(
        error, TCPSTORE_EINVAL,
        "limit output_hard_cap is %zu, expected at least 2 * output_high_water (%zu) + "
        "value_bytes (%zu) + 1024; otherwise some values could be stored but not sent",
        limits->output_hard_cap, limits->output_high_water, limits->value_bytes);
}

int limits_check(const struct tcpstore_limits *limits, struct tcpstore_error *error)
{
    const struct range ranges[] = {
        {"key_bytes", limits->key_bytes, 1, UINT16_MAX},
        {"value_bytes", limits->value_bytes, 1, GI},
        {"keys_per_request", limits->keys_per_request, 1, UINT32_MAX},
        {"memory_bytes", limits->memory_bytes, MI, SIZE_MAX},
        {"clients", limits->clients, 1, SIZE_MAX},
        {"queue_entries", limits->queue_entries, 1, SIZE_MAX},
        {"validate_ms", limits->validate_ms, 1, UINT32_MAX},
        {"slow_wait_ms", limits->slow_wait_ms, 0, UINT32_MAX},
        {"output_high_water", limits->output_high_water, 1, limits->output_hard_cap},
        {"output_hard_cap", limits->output_hard_cap, limits->output_high_water, SIZE_MAX},
        {"record_bytes", limits->record_bytes, limits->record_bytes > 0 ? 64 * KI : 0, 4 * MI},
    };

    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
        const struct range *range = &ranges[i];

        if (range->value < range->min || range->value > range->max)
            return error_set(
                error, TCPSTORE_EINVAL, "limit %s is %zu, expected %zu to %zu", range->name,
                range->value, range->min, range->max);
    }
    return check_values_sendable(limits, error);
}

static int check_addresses(
    const struct tcpstore_server_options *options, struct tcpstore_error *error)
{
    union address ignored;

    for (size_t i = 0; options->listen_fd < 0 && i < options->address_count; i++) {
        int code = listen_plan_parse(options->addresses[i], options->port, error, &ignored);

        if (code)
            return code;
    }
    return 0;
}

static bool is_encrypted(const struct tcpstore_server_options *options)
{
    return options->tls_cert != NULL || options->tls_key != NULL || options->tls_ca != NULL ||
           options->secret_file != NULL;
}

/* Whether the files are complete is found out when they are read. */
static int check_tls(
    const struct tcpstore_server_options *options, struct tcpstore_error *error)
{
    bool has_trunk = options->trunk_address != NULL || options->upstream_count > 0;
    const char *flag = options->secret_file != NULL ? "secret-file" : "tls-cert";

    if (options->trunk_allowed_count > 0 && !is_encrypted(options))
        return error_set(
            error, TCPSTORE_EINVAL,
            "trunk-allow %s: without --secret-file or certificates, nobody has a proven name",
            options->trunk_allowed[0]);
    if (!is_encrypted(options))
        return 0;
    if (!has_trunk)
        return error_set(
            error, TCPSTORE_EINVAL, "%s is for trunks only: give --trunk or --upstream, too",
            flag);
    if (options->insecure_trunk)
        return error_set(
            error, TCPSTORE_EINVAL, "insecure-trunk: cannot be combined with --%s", flag);
    return 0;
}

struct unix_file unix_file_of(const struct tcpstore_server_options *options)
{
    return (struct unix_file){
        .path = options->unix_path,
        .mode = options->unix_mode,
        .user = options->unix_user,
        .group = options->unix_group,
    };
}

static int check_unix(
    const struct tcpstore_server_options *options, struct tcpstore_error *error)
{
    const struct unix_file file = unix_file_of(options);

    return options->unix_path == NULL ? 0 : unix_file_check(&file, error);
}

/* Of an option that has a port of its own, unlike "bind", with which the plan's texts begin. */
static int check_endpoint(
    const char *option, const char *text, uint16_t port, struct tcpstore_error *error,
    union address *ret_address)
{
    bool is_ipv6 = strchr(text, ':') != NULL;
    struct tcpstore_error why;
    int code = listen_plan_parse(text, port, &why, ret_address);

    if (code == 0)
        return 0;
    if (address_parse(text, port, ret_address))
        return error_set(error, code, "%s%s", option, why.text + strlen("bind"));
    return error_set(
        error, code,
        "%s %s%s%s:%u: %s is not a numeric address: expected one with a port, as in "
        "10.0.0.1:%u, or 0.0.0.0:%u for every interface; names are not looked up",
        option, is_ipv6 ? "[" : "", text, is_ipv6 ? "]" : "", (unsigned)port, text,
        (unsigned)port, (unsigned)port);
}

static int check_trunk(
    const struct tcpstore_server_options *options, struct tcpstore_error *error)
{
    union address address;
    int code;

    if (options->trunk_address == NULL)
        return 0;
    code =
        check_endpoint("trunk", options->trunk_address, options->trunk_port, error, &address);
    if (code)
        return code;
    if (address_is_loopback(&address) || is_encrypted(options) || options->insecure_trunk)
        return 0;
    return error_set(
        error, TCPSTORE_EINVAL,
        "trunk %s: what relays send would not be encrypted, and others can reach that address; "
        "give a --secret-file, or certificates, or listen on 127.0.0.1, or allow it with "
        "--insecure-trunk",
        options->trunk_address);
}

static bool is_this_host(struct span host)
{
    char text[ADDRESS_TEXT_MAX] = "";
    union address address;

    if (host.len < sizeof(text))
        span_copy((uint8_t *)text, host);
    return strcmp(text, "localhost") == 0 ||
           (address_parse(text, 0, &address) && address_is_loopback(&address));
}

static int check_upstream(
    const struct tcpstore_server_options *options, const char *upstream,
    struct tcpstore_error *error)
{
    struct span host, port;

    if (!endpoint_divide(upstream, &host, &port))
        return error_set(
            error, TCPSTORE_EINVAL,
            "upstream %s: expected HOST:PORT, as in head:29600 or [fd00::1]:29600", upstream);
    if (is_encrypted(options) || options->insecure_trunk || is_this_host(host))
        return 0;
    return error_set(
        error, TCPSTORE_EINVAL,
        "upstream %s: what clients send would not be encrypted on its way there; give the "
        "store's --secret-file, or certificates, or allow it with --insecure-trunk",
        upstream);
}

static int check_upstreams(
    const struct tcpstore_server_options *options, struct tcpstore_error *error)
{
    for (size_t i = 0; i < options->upstream_count; i++) {
        int code = check_upstream(options, options->upstreams[i], error);

        if (code)
            return code;
    }
    if (options->upstream_count == 0 || !options->once)
        return 0;
    return error_set(
        error, TCPSTORE_EINVAL, "upstream %s: cannot be combined with once",
        options->upstreams[0]);
}

/* The text begins with "allow". */
static int name_http(int code, struct tcpstore_error *error)
{
    struct tcpstore_error before;

    if (code == 0 || error == NULL)
        return code;
    before = *error;
    return error_set(error, code, "http-%s", before.text);
}

static int check_http(
    const struct tcpstore_server_options *options, struct tcpstore_error *error)
{
    struct allow_list allowed = {0};
    const char *set = options->http_address != NULL ? "http_address" : "http_allowed";
    union address ignored;
    int code = 0;

    if (!options->http && (options->http_address != NULL || options->http_allowed_count > 0))
        return error_set(
            error, TCPSTORE_EINVAL,
            "http is false, but %s is set: set http to true, or leave %s unset", set, set);
    if (options->http_address != NULL)
        code = check_endpoint(
            "http-bind", options->http_address, options->http_port, error, &ignored);
    if (code)
        return code;
    code =
        allow_list_parse(options->http_allowed, options->http_allowed_count, error, &allowed);
    allow_list_free(&allowed);
    return name_http(code, error);
}

int jobs_check(const struct tcpstore_server_options *options, struct tcpstore_error *error)
{
    unsigned first = options->job_first_port, last = options->job_last_port;

    if ((first == 0) != (last == 0) || first > last)
        return error_set(
            error, TCPSTORE_EINVAL,
            "ports of jobs are %u to %u, expected two ports from 1 to 65535 in order", first,
            last);
    if (options->job_memory_bytes < MI)
        return error_set(
            error, TCPSTORE_EINVAL, "job_memory_bytes is %zu, expected %zu or more",
            options->job_memory_bytes, MI);
    return 0;
}

int tcpstore_server_options_check(
    const struct tcpstore_server_options *options, struct tcpstore_error *error)
{
    struct allow_list allowed = {0};
    int code = limits_check(&options->limits, error);

    if (code == 0)
        code = jobs_check(options, error);
    if (code == 0)
        code = check_addresses(options, error);
    if (code == 0)
        code = check_tls(options, error);
    if (code == 0)
        code = check_unix(options, error);
    if (code == 0)
        code = check_trunk(options, error);
    if (code == 0)
        code = check_upstreams(options, error);
    if (code == 0)
        code = allow_list_parse(options->allowed, options->allowed_count, error, &allowed);
    allow_list_free(&allowed);
    return code ? code : check_http(options, error);
}
