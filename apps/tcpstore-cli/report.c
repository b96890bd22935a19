#include "tcpstore-cli/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "tcpstore-cli/bytes.h"
#include "tcpstore-cli/escape.h"
#include "tcpstore-cli/lookup.h"
#include "tcpstore-cli/output.h"

enum {
    MAX_NAMED = 10,
    LOOKUP_MS = 5000,
    MAX_SHOWN = 80, /* bytes of a key */

    /* The limits of PyTorch's server, and the default limits of tcpstored. */
    USUAL_KEY_MAX = 8 << 10,
    USUAL_VALUE_MAX = 8 << 20,
};

static const char *const status_meanings[] = {
    [STATUS_OK] = "done",
    [STATUS_NO] = "the answer is no: missing, not ready, not stored; or the job hangs",
    [STATUS_USAGE] = "the command line or the input is wrong",
    [STATUS_UNREACHABLE] = "no server can be reached, or the connection was lost",
    [STATUS_TIMED_OUT] = "timed out",
    [STATUS_FAILED] = "any other error, such as output that could not be written",
    [STATUS_NO_HTTP] = "the server serves no HTTP, so it cannot tell",
};

/* What the library's text does not say. */
static const struct {
    int code;
    enum status status;
    const char *next_step;
} errors[] = {
    {TCPSTORE_ETIMEDOUT, STATUS_TIMED_OUT, "--timeout SECONDS waits longer"},
    {TCPSTORE_ECONNECT, STATUS_UNREACHABLE,
     "-h HOST and -p PORT name the server; --wait keeps trying for --timeout SECONDS"},
    {TCPSTORE_EPROTOCOL, STATUS_UNREACHABLE,
     "see which program listens there; -p PORT names the store's port"},
    {TCPSTORE_ELOST, STATUS_UNREACHABLE,
     "either the server stopped or it rejected the request (ADD on a non-number, a limit "
     "exceeded); see its log. 'tcpstore-cli ping' shows whether it is running"},
    {TCPSTORE_ENOKEY, STATUS_NO, ""},
    {TCPSTORE_EINVAL, STATUS_USAGE, ""},
};

const char *report_meaning(enum status status)
{
    return status_meanings[status];
}

enum status report_error_with(const struct tcpstore_error *error, const char *next_step)
{
    enum status status = STATUS_FAILED;
    const char *usual = "";

    for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
        if (errors[i].code == error->code) {
            status = errors[i].status;
            usual = errors[i].next_step;
        }
    }
    if (next_step == NULL)
        next_step = usual;
    escape_print(
        stderr, "tcpstore-cli: %s%s%s\n", error->text, *next_step != '\0' ? "\n" : "",
        next_step);
    return status;
}

enum status report_error(const struct tcpstore_error *error)
{
    return report_error_with(error, NULL);
}

static void suggest_missing(const struct endpoint *server)
{
    bool has_port = endpoint_unix_path(server) == NULL;
    char port[sizeof(" -p 65535")] = "";

    if (has_port)
        snprintf(port, sizeof(port), " -p %u", (unsigned)server->port & UINT16_MAX);
    escape_print(
        stderr,
        "What any store can tell: which keys are missing. 'tcpstore-cli keys' lists the keys "
        "of the job; put {} where they have the rank:\n"
        "  tcpstore-cli -h %s%s missing 'KEY_{}' 0..N\n",
        server->host, port);
}

enum status report_no_http(const struct operation *operation)
{
    const struct endpoint *server = &operation->options->server;
    char text[ENDPOINT_TEXT_SIZE];
    bool judges = (operation->command->flags & COMMAND_JUDGES) != 0;

    escape_print(
        stderr,
        "tcpstore-cli: %s: the store at %s does not answer over HTTP: it cannot "
        "%s\n"
        "It is PyTorch's own server, which cannot, or a tcpstored with --http off or "
        "--http-allow.\n"
        "If tcpstored has --http-bind, give its address with --http HOST:PORT.\n",
        operation->command->name, endpoint_describe(server, text),
        judges ? "tell which clients wait" : "be asked to");
    if (judges)
        suggest_missing(server);
    return STATUS_NO_HTTP;
}

static void report_if_longer(const char *what, size_t size, size_t usual)
{
    if (size > usual)
        fprintf(
            stderr, "the %s has %zu bytes; the default limit of servers is %zu\n", what, size,
            usual);
}

/* Cuts a long key. */
static void append_shown(
    const struct operation *operation, struct tcpstore_span key, struct bytes *text)
{
    naming_show(&operation->options->naming, key, text);
    if (text->size <= MAX_SHOWN)
        return;
    text->size = MAX_SHOWN;
    bytes_append_text(text, "…");
}

static size_t find_longer(
    const struct tcpstore_span *keys, const struct tcpstore_span *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (keys[i].size > USUAL_KEY_MAX || values[i].size > USUAL_VALUE_MAX)
            return i;
    }
    return 0;
}

void report_unconfirmed(
    const struct operation *operation, const char *writer, const struct tcpstore_span *keys,
    const struct tcpstore_span *values, size_t count)
{
    size_t at = find_longer(keys, values, count);
    struct bytes shown = {0};

    append_shown(operation, keys[at], &shown);
    escape_print(
        stderr, "tcpstore-cli: %s: the server did not confirm %s, with a value of %zu bytes",
        writer, shown.data, values[at].size);
    if (count > 1)
        fprintf(stderr, ", and %zu more", count - 1);
    fputc('\n', stderr);
    bytes_done(&shown);
    report_if_longer("key", keys[at].size, USUAL_KEY_MAX);
    report_if_longer("value", values[at].size, USUAL_VALUE_MAX);
}

enum status report_write(
    const struct operation *operation, const struct tcpstore_span *keys,
    const struct tcpstore_span *values, size_t count, int code, struct tcpstore_error *error)
{
    if (code == 0)
        code = tcpstore_ping(operation->client, error);
    if (code == TCPSTORE_ELOST)
        report_unconfirmed(operation, operation->command->name, keys, values, count);
    return code ? report_error(error) : STATUS_OK;
}

static enum status name_absent(
    const struct operation *operation, const struct tcpstore_span *keys, size_t count,
    const int64_t *exist)
{
    size_t absent = 0;

    for (size_t i = 0; i < count; i++) {
        if (exist[i] || ++absent > MAX_NAMED)
            continue;
        fputs("missing: ", stderr);
        output_key(stderr, operation, keys[i]);
        fputc('\n', stderr);
    }
    if (absent > MAX_NAMED)
        fprintf(stderr, "and %zu more\n", absent - MAX_NAMED);
    return absent > 0 ? STATUS_NO : STATUS_OK;
}

enum status report_if_absent(
    const struct operation *operation, const struct tcpstore_span *keys, size_t count)
{
    int32_t timeout_ms = options_timeout_ms(operation->options);
    int64_t *exist = memory_resize(NULL, count, sizeof(*exist));
    struct tcpstore_error error;
    enum status status;

    if (lookup_existence(operation->client, keys, count, timeout_ms, &error, exist))
        status = report_error(&error);
    else
        status = name_absent(operation, keys, count, exist);
    free(exist);
    return status;
}

/* A server that no longer answers is already reported. */
static void name_missing(
    const struct operation *operation, const struct tcpstore_span *keys, size_t count)
{
    int64_t *exist = memory_resize(NULL, count, sizeof(*exist));

    if (lookup_existence(operation->client, keys, count, LOOKUP_MS, NULL, exist) == 0)
        name_absent(operation, keys, count, exist);
    free(exist);
}

enum status report_wait(
    const struct operation *operation, const struct tcpstore_span *keys, size_t count,
    const struct tcpstore_error *error)
{
    enum status status = report_error(error);

    if (status == STATUS_TIMED_OUT)
        name_missing(operation, keys, count);
    for (size_t i = 0; i < count && error->code == TCPSTORE_ELOST; i++)
        report_if_longer("key", keys[i].size, USUAL_KEY_MAX);
    return status;
}

static enum status name_queue(
    const struct operation *operation, struct tcpstore_span key, int64_t length)
{
    fputs("tcpstore-cli: ", stderr);
    output_key(stderr, operation, key);
    fprintf(
        stderr, " is a queue with %" PRId64 " %s; use pop or qlen\n", length,
        length == 1 ? "entry" : "entries");
    return STATUS_NO;
}

static enum status report_no(
    const struct operation *operation, struct tcpstore_span key, const char *reason)
{
    fputs("tcpstore-cli: ", stderr);
    output_key(stderr, operation, key);
    fprintf(stderr, "%s\n", reason);
    return STATUS_NO;
}

enum status report_absent(const struct operation *operation, struct tcpstore_span key)
{
    return report_no(operation, key, " does not exist; 'tcpstore-cli keys' lists all keys");
}

/* With `absent` the others do not exist. */
static enum status name_queues(
    const struct operation *operation, const struct tcpstore_span *keys, size_t count,
    bool absent)
{
    int64_t *lengths = memory_resize(NULL, count, sizeof(*lengths));
    enum status status = STATUS_OK;
    struct tcpstore_error error;

    if (lookup_queue_lengths(operation->client, keys, count, LOOKUP_MS, &error, lengths)) {
        free(lengths);
        return report_error(&error);
    }
    for (size_t i = 0; i < count; i++) {
        if (lengths[i] > 0)
            status = name_queue(operation, keys[i], lengths[i]);
        else if (absent)
            status = report_absent(operation, keys[i]);
    }
    free(lengths);
    return status;
}

enum status report_if_queues(
    const struct operation *operation, const struct tcpstore_span *keys, size_t count)
{
    return name_queues(operation, keys, count, false);
}

enum status report_not_keys(
    const struct operation *operation, const struct tcpstore_span *keys, size_t count)
{
    return name_queues(operation, keys, count, true);
}

enum status report_empty(const struct operation *operation, struct tcpstore_span key)
{
    return report_no(
        operation, key,
        ": the queue is empty; 'tcpstore-cli qlen' counts its entries, no command lists "
        "queues");
}

enum status report_not_queue(const struct operation *operation, struct tcpstore_span key)
{
    return report_no(operation, key, " is a key, not a queue; use get");
}
