#include "tcpstore-cli/upload.h"

#include <stdio.h>

#include "tcpstore-cli/report.h"

/* A value that is longer than servers take in one request was made by APPEND, and is made so
 * again. The protocol has no way to put a whole one in place at once. */
enum {
    FLIGHT_KEYS = 4096,
    FLIGHT_BYTES = 4 << 20,
    PIECE_BYTES = 8 << 20,
};

enum status upload_init(const struct call *call, const char *name, struct upload *ret_upload)
{
    struct tcpstore_error error;

    *ret_upload = (struct upload){.call = call, .name = name};
    if (tcpstore_batch_new(call->client, &error, &ret_upload->batch))
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
    return tcpstore_batch_run(upload->batch, options_timeout_ms(upload->call->options), error);
}

static void clear(struct upload *upload)
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
    report_unconfirmed(upload->call, place.data, &upload->keys.spans[index], value, 1);
    bytes_done(&place);
    if (value->size > PIECE_BYTES)
        fputs("its beginning may be stored\n", stderr);
    return report_error(error);
}

static enum status send_one_by_one(struct upload *upload)
{
    struct tcpstore_error error;

    for (size_t i = 0; i < upload->keys.count; i++) {
        if (tcpstore_client_reconnect(upload->call->client, &error) ||
            send_entries(upload, i, 1, &error))
            return refuse(upload, i, &error);
        upload->stored++;
    }
    clear(upload);
    return STATUS_OK;
}

enum status upload_flush(struct upload *upload)
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
    clear(upload);
    return STATUS_OK;
}

enum status upload_add(
    struct upload *upload, struct tcpstore_span key, struct tcpstore_span value)
{
    key_list_add(&upload->keys, key);
    key_list_add(&upload->values, value);
    upload->bytes += key.size + value.size;
    if (upload->keys.count < FLIGHT_KEYS && upload->bytes < FLIGHT_BYTES)
        return STATUS_OK;
    return upload_flush(upload);
}

void upload_done(struct upload *upload)
{
    tcpstore_batch_free(upload->batch);
    key_list_done(&upload->keys);
    key_list_done(&upload->values);
}
