/* Commands on the whole store. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/clock.h"
#include "tcpstore-cli/confirm.h"
#include "tcpstore-cli/json_bytes.h"
#include "tcpstore-cli/lookup.h"
#include "tcpstore-cli/output.h"
#include "tcpstore-cli/report.h"
#include "tcpstore-cli/terminal.h"
#include "tcpstore-cli/verbs.h"

static bool matches(
    const struct glob *glob, const struct naming *naming, struct tcpstore_span key)
{
    struct bytes shown = {0};
    bool does;

    naming_show(naming, key, &shown);
    does = glob_matches(glob, shown.data);
    bytes_done(&shown);
    return does;
}

/* Adds the keys that the naming covers and the glob matches. */
static enum status list(
    const struct operation *operation, const struct glob *glob, struct key_list *keys)
{
    const struct naming *naming = &operation->options->naming;
    struct tcpstore_error error;
    struct tcpstore_value *values;
    size_t count;

    if (tcpstore_list_keys(operation->client, &error, &values, &count))
        return report_error(&error);
    for (size_t i = 0; i < count; i++) {
        struct tcpstore_span key = tcpstore_bytes(values[i].bytes, values[i].size);

        if (naming_covers(naming, key) && matches(glob, naming, key))
            key_list_add(keys, key);
    }
    tcpstore_values_free(values, count);
    key_list_sort(keys);
    return STATUS_OK;
}

/* Lists the keys that the argument GLOB matches, or all. */
static enum status list_matching(const struct operation *operation, struct key_list *keys)
{
    struct glob glob = {0};
    enum status status;

    if (operation->count > 0 && glob_init(&glob, operation->arguments[0]))
        status = operation_refuse(
            operation,
            "%s: in a GLOB, a backslash begins \\n, \\r, \\t or \\xNN, or precedes punctuation",
            operation->arguments[0]);
    else
        status = list(operation, &glob, keys);
    glob_done(&glob);
    return status;
}

/* Prints all keys with their values. `print` has the operation as its context. */
static enum status print_values(
    const struct operation *operation, const struct key_list *keys, lookup_visit_fn *print)
{
    int32_t timeout_ms = options_timeout_ms(operation->options);
    struct tcpstore_error error;

    if (lookup_values(
            operation->client, keys->spans, keys->count, timeout_ms, print, (void *)operation,
            &error))
        return report_error(&error);
    return STATUS_OK;
}

static void print_key(const struct operation *operation, struct tcpstore_span key)
{
    if (operation->options->json) {
        json_bytes_print(json_bytes_new(&operation->options->naming, key));
        return;
    }
    output_key(stdout, operation, key);
    putchar('\n');
}

static void print_size(void *context, struct tcpstore_span key, struct tcpstore_span value)
{
    const struct operation *operation = context;

    if (operation->options->json) {
        output_number(operation, key, "size", (int64_t)value.size);
        return;
    }
    printf("%10zu  ", value.size);
    print_key(operation, key);
}

static enum status print_keys(const struct operation *operation, const struct key_list *keys)
{
    for (size_t i = 0; i < keys->count && !interrupt_was_received(); i++)
        print_key(operation, keys->spans[i]);
    return STATUS_OK;
}

enum status command_keys(const struct operation *operation)
{
    struct key_list keys = {0};
    enum status status = list_matching(operation, &keys);

    if (status == STATUS_OK && operation->options->sizes)
        status = print_values(operation, &keys, print_size);
    else if (status == STATUS_OK)
        status = print_keys(operation, &keys);
    key_list_done(&keys);
    return status;
}

static void print_entry(void *context, struct tcpstore_span key, struct tcpstore_span value)
{
    output_json(context, key, "value", json_bytes_of(value));
}

enum status command_dump(const struct operation *operation)
{
    struct key_list keys = {0};
    enum status status = list_matching(operation, &keys);

    if (status == STATUS_OK)
        status = print_values(operation, &keys, print_entry);
    key_list_done(&keys);
    return status;
}

static int64_t sum_of(const int64_t *numbers, size_t count)
{
    int64_t sum = 0;

    for (size_t i = 0; i < count; i++)
        sum += numbers[i];
    return sum;
}

static void print_count(const struct operation *operation, const char *field, int64_t count)
{
    if (operation->options->json)
        printf("{\"%s\":%" PRId64 "}\n", field, count);
    else
        printf("%" PRId64 "\n", count);
}

/* After a failure, too, says how many are gone. The replies of the last flight are not known
 * then. */
static enum status delete_all(const struct operation *operation, const struct key_list *keys)
{
    int32_t timeout_ms = options_timeout_ms(operation->options);
    int64_t *deleted = memory_resize(NULL, keys->count, sizeof(*deleted));
    enum status status = STATUS_OK;
    struct tcpstore_error error;

    for (size_t i = 0; i < keys->count; i++)
        deleted[i] = 0;
    if (lookup_delete(
            operation->client, keys->spans, keys->count, timeout_ms, &error, deleted)) {
        status = report_error(&error);
        fprintf(
            stderr, "at least %" PRId64 " of %zu keys are deleted; flush again for the rest\n",
            sum_of(deleted, keys->count), keys->count);
    } else {
        print_count(operation, "deleted", sum_of(deleted, keys->count));
    }
    free(deleted);
    return status;
}

/* Whether the user has said which keys: all include those of running jobs. */
static bool is_limited(const struct operation *operation)
{
    const struct options *options = operation->options;

    return operation->count > 0 || options->naming.prefix != NULL || options->yes;
}

static bool is_confirmed(const struct operation *operation, const struct key_list *keys)
{
    char server[ENDPOINT_TEXT_SIZE];

    if (is_limited(operation) || keys->count == 0)
        return true;
    return confirm(
        "delete all %zu keys at %s, those of running jobs, too? [y/N] ", keys->count,
        endpoint_describe(&operation->options->server, server));
}

static enum status flush(const struct operation *operation, const struct key_list *keys)
{
    if (is_confirmed(operation, keys))
        return delete_all(operation, keys);
    fputs("tcpstore-cli: flush: nothing is deleted\n", stderr);
    return STATUS_NO;
}

enum status command_flush(const struct operation *operation)
{
    struct key_list keys = {0};
    enum status status;

    if (!is_limited(operation) && !confirm_is_possible())
        return operation_refuse(
            operation, "without a GLOB it deletes all keys, those of running jobs, too; give a "
                       "GLOB, --prefix NAME, or --yes");
    status = list_matching(operation, &keys);
    if (status == STATUS_OK)
        status = flush(operation, &keys);
    key_list_done(&keys);
    return status;
}

enum status command_nkeys(const struct operation *operation)
{
    struct tcpstore_error error;
    int64_t count;

    if (tcpstore_num_keys(operation->client, &error, &count))
        return report_error(&error);
    print_count(operation, "keys", count);
    return STATUS_OK;
}

enum status command_ping(const struct operation *operation)
{
    const char *server = tcpstore_client_server(operation->client);
    uint64_t start = clock_now();
    struct tcpstore_error error;
    double seconds;

    if (tcpstore_ping(operation->client, &error))
        return report_error(&error);
    seconds = seconds_of(clock_now() - start);
    if (operation->options->json) {
        json_t *object = json_object();

        json_bytes_set(object, "server", json_bytes_of(tcpstore_text(server)));
        json_bytes_set(object, "seconds", json_real(seconds));
        json_bytes_print(object);
    } else {
        printf("%s answers after %.3f ms\n", server, seconds * 1000);
    }
    return STATUS_OK;
}
