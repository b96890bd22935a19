/*
 * Happy path: read the file, or ask the server for its record, count the entries that the flags
 * select, print the last of them.
 *
 * Ways to fail: the file cannot be read, or is no record; the server, as in diagnosis.h; it is
 * damaged, and the entries before that are printed.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tcpstore-cli/diagnosis.h"
#include "tcpstore-cli/record_selection.h"
#include "tcpstore-cli/terminal.h"
#include "tcpstore-cli/verbs.h"

struct printing {
    struct record_selection selection;
    uint64_t skipped; /* the first of the selected entries: --limit */
};

static enum status refuse(const struct operation *operation, const char *name, int problem)
{
    return operation_refuse(operation, "%s: %s", name, record_problem_text(problem));
}

/* Calls `visit` for each selected entry. Returns 0, or a problem. */
static int visit_selected(
    struct printing *printing, struct record_reader reader,
    void (*visit)(struct printing *printing, const struct record_entry *entry))
{
    struct record_entry entry;
    int status = 0;

    while (!interrupt_was_received() && (status = record_read(&reader, &entry)) > 0) {
        if (record_selection_has(&printing->selection, &entry))
            visit(printing, &entry);
    }
    return status < 0 ? status : 0;
}

static void count(struct printing *printing, const struct record_entry *entry)
{
    (void)entry;
    printing->skipped++;
}

static void print(struct printing *printing, const struct record_entry *entry)
{
    if (printing->skipped > 0)
        printing->skipped--;
    else
        trace_entry_print(printing->selection.operation, entry);
}

/* Leaves the last ones to be printed. */
static void skip_first(struct printing *printing, const struct record_reader *reader)
{
    size_t limit = printing->selection.operation->options->limit;

    if (limit == 0)
        return;
    visit_selected(printing, *reader, count);
    printing->skipped = printing->skipped > limit ? printing->skipped - limit : 0;
}

static enum status print_record(
    const struct operation *operation, const char *name, struct tcpstore_span record)
{
    struct printing printing = {.skipped = 0};
    struct record_reader reader;
    int problem = record_reader_init(&reader, span_of(record.bytes, record.size));
    enum status status;

    if (problem)
        return refuse(operation, name, problem);
    status =
        record_selection_init(operation, operation->options->key_glob, &printing.selection);
    if (status != STATUS_OK)
        return status;
    if (reader.lost > 0)
        fprintf(
            stderr,
            "earlier entries that were overwritten: %" PRIu64 "; --record of tcpstored "
            "keeps more\n",
            reader.lost);
    skip_first(&printing, &reader);
    problem = visit_selected(&printing, reader, print);
    record_selection_done(&printing.selection);
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

static enum status print_file(const struct operation *operation, const char *name)
{
    struct bytes content = {0};
    enum status status = read_file(operation, name, &content);

    if (status == STATUS_OK)
        status = print_record(operation, name, bytes_span(&content));
    bytes_done(&content);
    return status;
}

static enum status print_served(struct diagnosis *diagnosis)
{
    const struct operation *operation = diagnosis->operation;
    enum status status = diagnosis_get(diagnosis, "/v1/record");

    if (status != STATUS_OK)
        return status;
    return print_record(
        operation, operation->options->http_server.host, bytes_span(&diagnosis->http.body));
}

enum status command_trace(const struct operation *operation)
{
    return operation->count > 0 ? print_file(operation, operation->arguments[0])
                                : diagnosis_run(operation, print_served);
}
