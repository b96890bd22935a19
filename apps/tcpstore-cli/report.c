#include "tcpstore-cli/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "tcpstore-cli/bytes.h"
#include "tcpstore-cli/escape.h"
#include "tcpstore-cli/lookup.h"
#include "tcpstore-cli/output.h"

enum {
    NAMED_AT_MOST = 10,
    LOOK_MS = 5000,
    SHOWN_AT_MOST = 80, /* bytes of a key */

    /* PyTorch's server has no others, tcpstored has them by default. */
    USUAL_KEY_MAX = 8 << 10,
    USUAL_VALUE_MAX = 8 << 20,
};

/* What the library's text leaves open. */
static const struct {
    int code;
    enum status status;
    const char *next_step;
} meanings[] = {
    {TCPSTORE_ETIMEDOUT, STATUS_TIMED_OUT, "\n--timeout SECONDS waits longer"},
    {TCPSTORE_ECONNECT, STATUS_UNREACHABLE,
     "\n-h HOST and -p PORT name the server; --wait keeps trying for --timeout SECONDS"},
    {TCPSTORE_EPROTOCOL, STATUS_UNREACHABLE,
     "\nlook what else listens there; -p PORT names the store's port"},
    {TCPSTORE_ELOST, STATUS_UNREACHABLE,
     "\neither the server stopped or it rejected the request (ADD on a non-number, a limit "
     "exceeded); see its log. 'tcpstore-cli ping' shows whether it is running"},
    {TCPSTORE_ENOKEY, STATUS_NO, ""},
    {TCPSTORE_EINVAL, STATUS_USAGE, ""},
};

enum status report_error(const struct tcpstore_error *error)
{
    enum status status = STATUS_FAILED;
    const char *next_step = "";

    for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++) {
        if (meanings[i].code == error->code) {
            status = meanings[i].status;
            next_step = meanings[i].next_step;
        }
    }
    escape_print(stderr, "tcpstore-cli: %s%s\n", error->text, next_step);
    return status;
}

static void say_longer(const char *what, size_t size, size_t usual)
{
    if (size > usual)
        fprintf(
            stderr, "the %s has %zu bytes; the default limit of servers is %zu\n", what, size,
            usual);
}

/* Its front, where it is long. */
static void append_shown(
    const struct operation *operation, struct tcpstore_span key, struct bytes *text)
{
    naming_show(&operation->options->naming, key, text);
    if (text->size <= SHOWN_AT_MOST)
        return;
    text->size = SHOWN_AT_MOST;
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
    say_longer("key", keys[at].size, USUAL_KEY_MAX);
    say_longer("value", values[at].size, USUAL_VALUE_MAX);
}

static enum status name_absent(
    const struct operation *operation, const struct tcpstore_span *keys, size_t count,
    const int64_t *there)
{
    size_t absent = 0;

    for (size_t i = 0; i < count; i++) {
        if (there[i] || ++absent > NAMED_AT_MOST)
            continue;
        fputs("missing: ", stderr);
        output_key(stderr, operation, keys[i]);
        fputc('\n', stderr);
    }
    if (absent > NAMED_AT_MOST)
        fprintf(stderr, "and %zu more\n", absent - NAMED_AT_MOST);
    return absent > 0 ? STATUS_NO : STATUS_OK;
}

enum status report_if_absent(
    const struct operation *operation, const struct tcpstore_span *keys, size_t count)
{
    int32_t timeout_ms = options_timeout_ms(operation->options);
    int64_t *there = memory_resize(NULL, count, sizeof(*there));
    struct tcpstore_error error;
    enum status status;

    if (lookup_existence(operation->client, keys, count, timeout_ms, &error, there))
        status = report_error(&error);
    else
        status = name_absent(operation, keys, count, there);
    free(there);
    return status;
}

/* After a wait: if the server no longer answers, its error has said so. */
static void name_awaited(
    const struct operation *operation, const struct tcpstore_span *keys, size_t count)
{
    int64_t *there = memory_resize(NULL, count, sizeof(*there));

    if (lookup_existence(operation->client, keys, count, LOOK_MS, NULL, there) == 0)
        name_absent(operation, keys, count, there);
    free(there);
}

enum status report_wait(
    const struct operation *operation, const struct tcpstore_span *keys, size_t count,
    const struct tcpstore_error *error)
{
    enum status status = report_error(error);

    if (status == STATUS_TIMED_OUT)
        name_awaited(operation, keys, count);
    for (size_t i = 0; i < count && error->code == TCPSTORE_ELOST; i++)
        say_longer("key", keys[i].size, USUAL_KEY_MAX);
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

static enum status say_no(
    const struct operation *operation, struct tcpstore_span key, const char *why)
{
    fputs("tcpstore-cli: ", stderr);
    output_key(stderr, operation, key);
    fprintf(stderr, "%s\n", why);
    return STATUS_NO;
}

enum status report_absent(const struct operation *operation, struct tcpstore_span key)
{
    return say_no(operation, key, ": not there; 'tcpstore-cli keys' lists what is");
}

/* Names those that are queues and, if `absent`, the others as absent. */
static enum status name_queues(
    const struct operation *operation, const struct tcpstore_span *keys, size_t count,
    bool absent)
{
    int64_t *lengths = memory_resize(NULL, count, sizeof(*lengths));
    enum status status = STATUS_OK;
    struct tcpstore_error error;

    if (lookup_queue_lengths(operation->client, keys, count, LOOK_MS, &error, lengths)) {
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
    return say_no(
        operation, key,
        ": the queue is empty; 'tcpstore-cli qlen' counts its entries, nothing lists queues");
}

enum status report_no_queue(const struct operation *operation, struct tcpstore_span key)
{
    return say_no(operation, key, " is a key, not a queue; use get");
}
