/*
 * Operations as the server executes them.
 *
 * Happy path: ask for the entries of the server's record that are newer than the last one,
 * again and again, and print them. The server does nothing for it between these requests.
 *
 * Ways to fail: the server, as in diagnosis.h; its record is off; more operations in an
 * interval than the record holds: the number of those that are missing is reported, and the
 * rest goes on.
 */
#include <inttypes.h>
#include <stdio.h>

#include "common/clock.h"
#include "tcpstore-cli/diagnosis.h"
#include "tcpstore-cli/output.h"
#include "tcpstore-cli/record_selection.h"
#include "tcpstore-cli/terminal.h"
#include "tcpstore-cli/verbs.h"

enum { EVERY_MS = 250 };

struct monitor {
    struct diagnosis *diagnosis;
    struct record_selection selection;
    uint64_t seen; /* number of the last entry */
};

static enum status begin(struct monitor *monitor, struct record_reader *ret_reader)
{
    const struct http *http = &monitor->diagnosis->http;
    char target[64];
    enum status status;

    snprintf(target, sizeof(target), "/v1/record?after=%" PRIu64, monitor->seen);
    status = diagnosis_get(monitor->diagnosis, target);
    if (status != STATUS_OK)
        return status;
    if (record_reader_init(ret_reader, span_of(http->body.data, http->body.size)))
        return diagnosis_refuse(monitor->diagnosis);
    return STATUS_OK;
}

/* Its numbers begin again. */
static bool was_restarted(const struct monitor *monitor, const struct record_reader *reader)
{
    return reader->next <= monitor->seen;
}

static void report_lost(const struct record_reader *reader)
{
    fflush(stdout);
    fprintf(
        stderr,
        "tcpstore-cli: missing here: %" PRIu64
        " operations, overwritten before they were read; "
        "a larger --record of tcpstored keeps more\n",
        reader->lost);
}

/* `prints`: not the entries of before the start. */
static enum status read_new(struct monitor *monitor, bool prints)
{
    const struct operation *operation = monitor->selection.operation;
    struct record_reader reader;
    struct record_entry entry;
    enum status status = begin(monitor, &reader);
    int code;

    if (status != STATUS_OK)
        return status;
    if (was_restarted(monitor, &reader)) {
        monitor->seen = 0;
        return STATUS_OK;
    }
    if (prints && reader.lost > 0)
        report_lost(&reader);
    while ((code = record_read(&reader, &entry)) > 0) {
        if (prints && record_selection_has(&monitor->selection, &entry))
            trace_entry_print(operation, &entry);
    }
    monitor->seen = reader.next - 1;
    return code < 0 ? diagnosis_refuse(monitor->diagnosis) : output_flush();
}

static enum status follow(struct monitor *monitor)
{
    const struct options *options = monitor->diagnosis->operation->options;
    uint64_t every_ns =
        (options->every_ms > 0 ? options->every_ms : EVERY_MS) * (uint64_t)NS_PER_MS;
    enum status status = read_new(monitor, false);

    while (status == STATUS_OK) {
        interrupt_sleep_until(clock_now() + every_ns);
        if (interrupt_was_received())
            break;
        status = read_new(monitor, true);
    }
    return status;
}

enum status command_monitor(const struct operation *operation)
{
    const char *glob = operation->count > 0 ? operation->arguments[0] : NULL;
    struct diagnosis diagnosis;
    struct monitor monitor = {.diagnosis = &diagnosis};
    enum status status = record_selection_init(operation, glob, &monitor.selection);

    if (status != STATUS_OK)
        return status;
    status = diagnosis_open(operation, &diagnosis);
    if (status == STATUS_OK)
        status = follow(&monitor);
    diagnosis_close(&diagnosis);
    record_selection_done(&monitor.selection);
    return status;
}
