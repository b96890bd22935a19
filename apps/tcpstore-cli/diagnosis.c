#include "tcpstore-cli/diagnosis.h"

#include <stdio.h>

#include "tcpstore-cli/escape.h"
#include "tcpstore-cli/terminal.h"

/* PyTorch's server does not answer HTTP, and keeps the connection. tcpstored answers /healthz
 * whenever its loop runs. */
enum { HEALTH_MS = 3000 };

static bool has_own_server(const struct options *options)
{
    return options->http_server.port != options->server.port ||
           strcmp(options->http_server.host, options->server.host) != 0;
}

static enum status report_silence(const struct diagnosis *diagnosis, enum status status)
{
    const struct endpoint *server = &diagnosis->operation->options->http_server;

    if (interrupt_was_received())
        fputs("tcpstore-cli: cancelled\n", stderr);
    else
        escape_print(
            stderr,
            "tcpstore-cli: %s, port %d: no answer over HTTP: %s\n"
            "--http HOST:PORT names the address of --http-bind; 'tcpstore-cli ping' shows "
            "whether the store runs\n",
            server->host, server->port, diagnosis->http.reason);
    return status;
}

enum status diagnosis_open(const struct operation *operation, struct diagnosis *ret_diagnosis)
{
    const struct options *options = operation->options;
    int32_t timeout_ms = options_timeout_ms(options);
    struct http *http = &ret_diagnosis->http;

    ret_diagnosis->operation = operation;
    http_init(http, &options->http_server, options_connect_ms(options));
    if (http_get(http, "/healthz", timeout_ms < HEALTH_MS ? timeout_ms : HEALTH_MS) == 0)
        return STATUS_OK;
    if (interrupt_was_received() || has_own_server(options))
        return report_silence(ret_diagnosis, STATUS_UNREACHABLE);
    return STATUS_NO_HTTP;
}

enum status diagnosis_refuse(const struct diagnosis *diagnosis)
{
    const struct endpoint *server = &diagnosis->operation->options->http_server;
    const struct http *http = &diagnosis->http;
    json_t *object = json_loadb(http->body.data, http->body.size, 0, NULL);
    const char *reason = json_string_value(json_object_get(object, "error"));

    if (reason != NULL)
        escape_print(
            stderr, "tcpstore-cli: %s: %s\n", diagnosis->operation->command->name, reason);
    else
        escape_print(
            stderr,
            "tcpstore-cli: %s, port %d: the HTTP server there is not tcpstored (status %ld)\n"
            "-p PORT names the store's port, --http HOST:PORT that of --http-bind\n",
            server->host, server->port, http->status);
    json_decref(object);
    return reason != NULL ? STATUS_FAILED : STATUS_UNREACHABLE;
}

enum status diagnosis_get(struct diagnosis *diagnosis, const char *target)
{
    struct http *http = &diagnosis->http;

    if (http_get(http, target, options_timeout_ms(diagnosis->operation->options)))
        return report_silence(
            diagnosis, http->timed_out ? STATUS_TIMED_OUT : STATUS_UNREACHABLE);
    return http->status == 200 ? STATUS_OK : diagnosis_refuse(diagnosis);
}

enum status diagnosis_get_json(
    struct diagnosis *diagnosis, const char *target, json_t **ret_object)
{
    const struct http *http = &diagnosis->http;
    enum status status = diagnosis_get(diagnosis, target);
    json_t *object;

    if (status != STATUS_OK)
        return status;
    object = json_loadb(http->body.data, http->body.size, 0, NULL);
    if (!json_is_object(object)) {
        json_decref(object);
        return diagnosis_refuse(diagnosis);
    }
    *ret_object = object;
    return STATUS_OK;
}

static void append_number(struct bytes *target, const char *name, int number)
{
    char text[64];

    snprintf(text, sizeof(text), "&%s=%d", name, number);
    bytes_append_text(target, text);
}

void diagnosis_append_arguments(const struct operation *operation, struct bytes *target)
{
    const struct options *options = operation->options;

    if (options->world > 0)
        append_number(target, "world", options->world);
    if (options->hang_seconds >= 0)
        append_number(target, "hang", options->hang_seconds);
}

void diagnosis_close(struct diagnosis *diagnosis)
{
    http_done(&diagnosis->http);
}
