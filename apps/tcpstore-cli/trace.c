/*
 * Happy path: read the file, count the entries that the flags select, print the last of them.
 *
 * Ways to fail: the file cannot be read, or is no record; it is damaged, and the entries before
 * that are printed.
 */
#include "tcpstore-cli/trace.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tcpstore-cli/terminal.h"
#include "tcpstore-cli/trace_entry.h"
#include "tcpstore-cli/verbs.h"

struct selection {
    const struct operation *operation;
    struct glob glob;
    uint64_t skipped; /* the first of the selected entries: --limit */
};

static bool selects_key(const struct selection *selection, const struct record_entry *entry)
{
    const struct options *options = selection->operation->options;
    struct trace_request request;
    struct bytes shown = {0};
    bool does;

    if (options->key_glob == NULL && options->naming.prefix == NULL)
        return true;
    request = trace_request_of(entry);
    if (!request.has_key || !naming_covers(&options->naming, request.key))
        return false;
    naming_show(&options->naming, request.key, &shown);
    does = glob_matches(&selection->glob, shown.data);
    bytes_done(&shown);
    return does;
}

static bool selects(const struct selection *selection, const struct record_entry *entry)
{
    size_t client = selection->operation->options->trace_client;

    return (client == 0 || entry->client == client) && selects_key(selection, entry);
}

static enum status refuse(const struct operation *operation, const char *name, int problem)
{
    return operation_refuse(operation, "%s: %s", name, record_problem_text(problem));
}

/* Calls `visit` for each selected entry. Returns 0, or a problem. */
static int visit_selected(
    struct selection *selection, struct record_reader reader,
    void (*visit)(struct selection *selection, const struct record_entry *entry))
{
    struct record_entry entry;
    int status = 0;

    while (!interrupt_was_received() && (status = record_read(&reader, &entry)) > 0) {
        if (selects(selection, &entry))
            visit(selection, &entry);
    }
    return status < 0 ? status : 0;
}

static void count(struct selection *selection, const struct record_entry *entry)
{
    (void)entry;
    selection->skipped++;
}

static void print(struct selection *selection, const struct record_entry *entry)
{
    if (selection->skipped > 0)
        selection->skipped--;
    else
        trace_entry_print(selection->operation, entry);
}

/* Leaves the last ones to be printed. */
static void skip_first(struct selection *selection, const struct record_reader *reader)
{
    size_t last = selection->operation->options->limit;

    if (last == 0)
        return;
    visit_selected(selection, *reader, count);
    selection->skipped = selection->skipped > last ? selection->skipped - last : 0;
}

static enum status init_glob(struct selection *selection)
{
    const char *typed = selection->operation->options->key_glob;

    if (typed == NULL || glob_init(&selection->glob, typed) == 0)
        return STATUS_OK;
    return operation_refuse(
        selection->operation,
        "--key %s: in a GLOB, a backslash begins \\n, \\r, \\t or \\xNN, or precedes "
        "punctuation",
        typed);
}

enum status trace_print(
    const struct operation *operation, const char *name, struct tcpstore_span record)
{
    struct selection selection = {.operation = operation};
    struct record_reader reader;
    int problem = record_reader_init(&reader, span_of(record.bytes, record.size));
    enum status status;

    if (problem)
        return refuse(operation, name, problem);
    status = init_glob(&selection);
    if (status != STATUS_OK)
        return status;
    if (reader.lost > 0)
        fprintf(
            stderr,
            "earlier entries that were overwritten: %" PRIu64 "; --record of tcpstored "
            "keeps more\n",
            reader.lost);
    skip_first(&selection, &reader);
    problem = visit_selected(&selection, reader, print);
    glob_done(&selection.glob);
    return problem ? refuse(operation, name, problem) : STATUS_OK;
}

static enum status read_all(
    const struct operation *operation, const char *name, FILE *file, struct bytes *content)
{
    char piece[BUFSIZ];
    size_t size;

    while ((size = fread(piece, 1, sizeof(piece), file)) > 0)
        bytes_append(content, piece, size);
    if (ferror(file))
        return operation_refuse(operation, "%s: cannot read it: %s", name, strerror(errno));
    return STATUS_OK;
}

static enum status read_file(
    const struct operation *operation, const char *name, struct bytes *content)
{
    FILE *file = fopen(name, "re");
    enum status status;

    if (file == NULL)
        return operation_refuse(operation, "%s: cannot open it: %s", name, strerror(errno));
    status = read_all(operation, name, file, content);
    fclose(file);
    return status;
}

enum status command_trace(const struct operation *operation)
{
    const char *name = operation->arguments[0];
    struct bytes content = {0};
    enum status status = read_file(operation, name, &content);

    if (status == STATUS_OK)
        status = trace_print(operation, name, bytes_span(&content));
    bytes_done(&content);
    return status;
}
