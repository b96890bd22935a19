#include "tcpstore-cli/record_selection.h"

enum status record_selection_init(
    const struct operation *operation, const char *glob, struct record_selection *ret_selection)
{
    *ret_selection = (struct record_selection){
        .operation = operation,
        .of_keys = glob != NULL || operation->options->naming.prefix != NULL,
    };
    if (glob == NULL || glob_init(&ret_selection->glob, glob) == 0)
        return STATUS_OK;
    return operation_refuse(
        operation,
        "%s: in a GLOB, a backslash begins \\n, \\r, \\t or \\xNN, or precedes punctuation",
        glob);
}

static bool has_key(const struct record_selection *selection, const struct record_entry *entry)
{
    const struct naming *naming = &selection->operation->options->naming;
    struct trace_request request = trace_request_of(entry);
    struct bytes shown = {0};
    bool does;

    if (!request.has_key || !naming_covers(naming, request.key))
        return false;
    naming_show(naming, request.key, &shown);
    does = glob_matches(&selection->glob, shown.data);
    bytes_done(&shown);
    return does;
}

bool record_selection_has(
    const struct record_selection *selection, const struct record_entry *entry)
{
    size_t client = selection->operation->options->trace_client;

    return (client == 0 || entry->client == client) &&
           (!selection->of_keys || has_key(selection, entry));
}

void record_selection_done(struct record_selection *selection)
{
    glob_done(&selection->glob);
}
