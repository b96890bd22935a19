/*
 * Stores what `dump` has printed. Happy path: read line by line, send some at a time, say how
 * many were stored.
 *
 * Ways to fail: a file that cannot be read; a line that is none of dump's, at which it stops
 * after having stored those before; the server, as everywhere, and then the line that it did
 * not take is named.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "tcpstore-cli/commands.h"
#include "tcpstore-cli/escape.h"
#include "tcpstore-cli/json_bytes.h"
#include "tcpstore-cli/upload.h"

struct load {
    const struct call *call;
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

    if (object != NULL && json_bytes_key(object, &load->call->options->naming, key) == 0)
        code = json_bytes_resolve(json_object_get(object, "value"), value);
    json_decref(object);
    return code;
}

static enum status refuse_line(const struct load *load)
{
    escape_print(
        stderr,
        "tcpstore-cli: %s:%zu: not an object with \"key\" and \"value\" as dump prints them; "
        "nothing stored from here on\n",
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
        status =
            command_refuse(load->call, "%s: cannot read on: %s", load->name, strerror(errno));
    free(line);
    return status;
}

static enum status store(struct load *load)
{
    enum status status = upload_init(load->call, load->name, &load->upload);

    if (status != STATUS_OK)
        return status;
    status = take_lines(load);
    /* What stands before a broken line is stored; the connection may be lost, though. */
    if (status == STATUS_OK || status == STATUS_USAGE) {
        enum status sent = upload_flush(&load->upload);

        if (sent != STATUS_OK)
            status = sent;
    }
    fprintf(stderr, "keys stored: %zu\n", load->upload.stored);
    upload_done(&load->upload);
    return status;
}

static bool is_standard_input(const struct call *call)
{
    return call->count == 0 || strcmp(call->arguments[0], "-") == 0;
}

static enum status load_file(struct load *load)
{
    enum status status;

    load->name = load->call->arguments[0];
    load->file = fopen(load->name, "re");
    if (load->file == NULL)
        return command_refuse(
            load->call, "%s: cannot open it: %s", load->name, strerror(errno));
    status = store(load);
    fclose(load->file);
    return status;
}

enum status command_load(const struct call *call)
{
    struct load load = {.call = call, .name = "standard input", .file = stdin};

    if (!is_standard_input(call))
        return load_file(&load);
    if (call->lines)
        return command_refuse(call, "name a FILE; standard input holds the commands");
    return store(&load);
}
