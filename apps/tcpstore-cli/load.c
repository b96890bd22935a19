/*
 * Stores what `dump` printed.
 *
 * Happy path: read line by line; collect some entries and send them in one flight, followed by
 * a PING; its reply confirms that they are stored; print how many were stored.
 *
 * Ways to fail:
 * - A file cannot be read.
 * - A line is not in the format of `dump`: this stops there, and the lines before are stored.
 * - The server refuses an entry, and closes the connection. Since writes have no replies, the
 *   entries of the flight are sent again one by one to find it. Each begins with a SET, so
 *   sending it twice does no harm.
 * - The server is gone: the number of entries that are known to be stored is printed.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "tcpstore-cli/escape.h"
#include "tcpstore-cli/json_bytes.h"
#include "tcpstore-cli/report.h"
#include "tcpstore-cli/verbs.h"

/* A value of more than PIECE_BYTES, the usual limit of a request, was made with APPEND, and is
 * made with it again: the protocol cannot store the whole at once. */
enum {
    FLIGHT_KEYS = 4096,
    FLIGHT_BYTES = 4 << 20,
    PIECE_BYTES = 8 << 20,
};

struct upload {
    const struct operation *operation;
    const char *name; /* of the file that holds the entries */
    struct tcpstore_batch *batch;
    struct key_list keys; /* of the entries that are not sent yet */
    struct key_list values;
    size_t bytes;
    size_t stored; /* entries, one per line, from the first on */
};

static enum status upload_init(
    const struct operation *operation, const char *name, struct upload *ret_upload)
{
    struct tcpstore_error error;

    *ret_upload = (struct upload){.operation = operation, .name = name};
    if (tcpstore_batch_new(operation->client, &error, &ret_upload->batch))
        return report_error(&error);
    return STATUS_OK;
}

static struct tcpstore_span piece_of(struct tcpstore_span value, size_t from)
{
    size_t left = value.size - from;

    return tcpstore_bytes(
        (const char *)value.bytes + from, left < PIECE_BYTES ? left : PIECE_BYTES);
}

static int add_entry(struct upload *upload, size_t index, struct tcpstore_error *error)
{
    struct tcpstore_span key = upload->keys.spans[index];
    struct tcpstore_span value = upload->values.spans[index];
    int code = tcpstore_batch_set(upload->batch, key, piece_of(value, 0), error);

    for (size_t from = PIECE_BYTES; from < value.size && code == 0; from += PIECE_BYTES)
        code = tcpstore_batch_append(upload->batch, key, piece_of(value, from), error);
    return code;
}

static int send_entries(
    struct upload *upload, size_t from, size_t count, struct tcpstore_error *error)
{
    int code = 0;

    tcpstore_batch_clear(upload->batch);
    for (size_t i = from; i < from + count && code == 0; i++)
        code = add_entry(upload, i, error);
    if (code == 0)
        code = tcpstore_batch_ping(upload->batch, error);
    if (code)
        return code;
    return tcpstore_batch_run(
        upload->batch, options_timeout_ms(upload->operation->options), error);
}

static void upload_clear(struct upload *upload)
{
    key_list_clear(&upload->keys);
    key_list_clear(&upload->values);
    tcpstore_batch_clear(upload->batch);
    upload->bytes = 0;
}

static enum status refuse(struct upload *upload, size_t index, struct tcpstore_error *error)
{
    const struct tcpstore_span *value = &upload->values.spans[index];
    struct bytes place = {0};
    char line[32];

    snprintf(line, sizeof(line), ":%zu", upload->stored + 1);
    bytes_append_text(&place, upload->name);
    bytes_append_text(&place, line);
    report_unconfirmed(upload->operation, place.data, &upload->keys.spans[index], value, 1);
    bytes_done(&place);
    if (value->size > PIECE_BYTES)
        fputs("the beginning of the value may be stored\n", stderr);
    return report_error(error);
}

static enum status send_one_by_one(struct upload *upload)
{
    struct tcpstore_error error;

    for (size_t i = 0; i < upload->keys.count; i++) {
        if (tcpstore_client_reconnect(upload->operation->client, &error) ||
            send_entries(upload, i, 1, &error))
            return refuse(upload, i, &error);
        upload->stored++;
    }
    upload_clear(upload);
    return STATUS_OK;
}

static enum status upload_flush(struct upload *upload)
{
    struct tcpstore_error error;
    int code;

    if (upload->keys.count == 0)
        return STATUS_OK;
    code = send_entries(upload, 0, upload->keys.count, &error);
    if (code == TCPSTORE_ECANCELED)
        return report_error(&error);
    if (code)
        return send_one_by_one(upload);
    upload->stored += upload->keys.count;
    upload_clear(upload);
    return STATUS_OK;
}

static enum status upload_add(
    struct upload *upload, struct tcpstore_span key, struct tcpstore_span value)
{
    key_list_add(&upload->keys, key);
    key_list_add(&upload->values, value);
    upload->bytes += key.size + value.size;
    if (upload->keys.count < FLIGHT_KEYS && upload->bytes < FLIGHT_BYTES)
        return STATUS_OK;
    return upload_flush(upload);
}

static void upload_done(struct upload *upload)
{
    tcpstore_batch_free(upload->batch);
    key_list_done(&upload->keys);
    key_list_done(&upload->values);
}

struct load {
    const struct operation *operation;
    const char *name;
    FILE *file;
    size_t line;
    struct upload upload;
};

static int read_entry(
    const struct load *load, const char *line, size_t size, struct bytes *key,
    struct bytes *value)
{
    json_t *object = json_loadb(line, size, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, NULL);
    int code = -1;

    if (object != NULL && json_bytes_key(object, &load->operation->options->naming, key) == 0)
        code = json_bytes_resolve(json_object_get(object, "value"), value);
    json_decref(object);
    return code;
}

static enum status refuse_line(const struct load *load)
{
    escape_print(
        stderr,
        "tcpstore-cli: %s:%zu: not an object with \"key\" and \"value\" as dump prints them; "
        "nothing after this line was stored\n",
        load->name, load->line);
    return STATUS_USAGE;
}

static enum status take_line(struct load *load, const char *line, size_t size)
{
    struct bytes key = {0};
    struct bytes value = {0};
    enum status status;

    load->line++;
    if (read_entry(load, line, size, &key, &value))
        status = refuse_line(load);
    else
        status = upload_add(&load->upload, bytes_span(&key), bytes_span(&value));
    bytes_done(&value);
    bytes_done(&key);
    return status;
}

static enum status take_lines(struct load *load)
{
    enum status status = STATUS_OK;
    char *line = NULL;
    size_t capacity = 0;
    ssize_t size;

    while (status == STATUS_OK && (size = getline(&line, &capacity, load->file)) >= 0)
        status = take_line(load, line, (size_t)size);
    if (status == STATUS_OK && ferror(load->file))
        status = operation_refuse(
            load->operation, "%s: cannot read the rest: %s", load->name, strerror(errno));
    free(line);
    return status;
}

static enum status store(struct load *load)
{
    enum status status = upload_init(load->operation, load->name, &load->upload);

    if (status != STATUS_OK)
        return status;
    status = take_lines(load);
    /* Entries before a wrong line are stored, too. */
    if (status == STATUS_OK || status == STATUS_USAGE) {
        enum status sent = upload_flush(&load->upload);

        if (sent != STATUS_OK)
            status = sent;
    }
    fprintf(stderr, "keys stored: %zu\n", load->upload.stored);
    upload_done(&load->upload);
    return status;
}

static bool is_standard_input(const struct operation *operation)
{
    return operation->count == 0 || strcmp(operation->arguments[0], "-") == 0;
}

static enum status load_file(struct load *load)
{
    enum status status;

    load->name = load->operation->arguments[0];
    load->file = fopen(load->name, "re");
    if (load->file == NULL)
        return operation_refuse(
            load->operation, "%s: cannot open it: %s", load->name, strerror(errno));
    status = store(load);
    fclose(load->file);
    return status;
}

enum status command_load(const struct operation *operation)
{
    struct load load = {.operation = operation, .name = "standard input", .file = stdin};

    if (!is_standard_input(operation))
        return load_file(&load);
    if (operation->commands_from_stdin)
        return operation_refuse(operation, "name a FILE; standard input holds the commands");
    return store(&load);
}
