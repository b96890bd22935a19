#include "tcpstore-cli/report.h"

#include <stdio.h>
#include <stdlib.h>

#include "tcpstore-cli/memory.h"
#include "tcpstore-cli/output.h"
#include "tcpstore-cli/presence.h"

enum {
    NAMED_AT_MOST = 10,
    LOOK_MS = 5000,
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
     "\nthe server has ended, or has refused the request, such as adding to what is no number "
     "or exceeding a limit: its log says which; 'tcpstore-cli ping' tells whether it is there"},
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
    fprintf(stderr, "tcpstore-cli: %s%s\n", error->text, next_step);
    return status;
}

static enum status name_absent(
    const struct call *call, const struct tcpstore_span *keys, size_t count, const bool *there)
{
    size_t absent = 0;

    for (size_t i = 0; i < count; i++) {
        if (there[i] || ++absent > NAMED_AT_MOST)
            continue;
        fputs("missing: ", stderr);
        output_key(stderr, call, keys[i]);
        fputc('\n', stderr);
    }
    if (absent > NAMED_AT_MOST)
        fprintf(stderr, "and %zu more\n", absent - NAMED_AT_MOST);
    return absent > 0 ? STATUS_NO : STATUS_OK;
}

enum status report_if_absent(
    const struct call *call, const struct tcpstore_span *keys, size_t count)
{
    bool *there = memory_resize(NULL, count, sizeof(*there));
    struct tcpstore_error error;
    enum status status;

    if (presence_check(call->client, keys, count, LOOK_MS, &error, there))
        status = report_error(&error);
    else
        status = name_absent(call, keys, count, there);
    free(there);
    return status;
}

enum status report_wait(
    const struct call *call, const struct tcpstore_span *keys, size_t count,
    const struct tcpstore_error *error)
{
    enum status status = report_error(error);

    if (status == STATUS_TIMED_OUT)
        report_if_absent(call, keys, count);
    return status;
}

enum status report_absent(const struct call *call, struct tcpstore_span key)
{
    fputs("tcpstore-cli: ", stderr);
    output_key(stderr, call, key);
    fputs(": not there; 'tcpstore-cli keys' lists what is\n", stderr);
    return STATUS_NO;
}
