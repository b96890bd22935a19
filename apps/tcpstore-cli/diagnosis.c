#include "tcpstore-cli/diagnosis.h"

#include <stdio.h>

#include "tcpstore-cli/escape.h"
#include "tcpstore-cli/json_bytes.h"
#include "tcpstore-cli/relay_state.h"
#include "tcpstore-cli/report.h"
#include "tcpstore-cli/target.h"
#include "tcpstore-cli/terminal.h"
#include "tcpstore-cli/unknown_store.h"

/* PyTorch's server does not answer HTTP, and keeps the connection. tcpstored answers /healthz
 * whenever its loop runs. */
enum { HEALTH_MS = 3000 };

/* A relay passes a question on to its store, and waits for the answer as long as its link seems
 * to be there. */
static enum status report_silence(struct diagnosis *diagnosis, enum status status)
{
    const struct options *options = diagnosis->operation->options;
    struct http *http = &diagnosis->http;
    char server[ENDPOINT_TEXT_SIZE];

    if (interrupt_was_received()) {
        fputs("tcpstore-cli: cancelled\n", stderr);
        return status;
    }
    escape_print(
        stderr, "tcpstore-cli: %s: no answer over HTTP: %s\n",
        endpoint_describe(&options->http_server, server), http->reason);
    if (http->timed_out && relay_state_ask(http, options))
        relay_state_print(http);
    else
        fputs(
            "--http HOST:PORT names the address of --http-bind; 'tcpstore-cli ping' shows "
            "whether the store runs\n",
            stderr);
    return status;
}

enum status diagnosis_open(const struct operation *operation, struct diagnosis *ret_diagnosis)
{
    const struct options *options = operation->options;
    int32_t timeout_ms = options_timeout_ms(options);
    struct http *http = &ret_diagnosis->http;
    struct tcpstore_error error;

    *ret_diagnosis = (struct diagnosis){.operation = operation};
    if (options_http_uses_tls(options) && tunnel_new(options, &error, &ret_diagnosis->tunnel))
        return report_error(&error);
    http_init(http, &options->http_server, ret_diagnosis->tunnel, options_connect_ms(options));
    if (http_get(http, "/healthz", timeout_ms < HEALTH_MS ? timeout_ms : HEALTH_MS) == 0)
        return STATUS_OK;
    if (interrupt_was_received() || options_have_http_server(options))
        return report_silence(ret_diagnosis, STATUS_UNREACHABLE);
    return STATUS_NO_HTTP;
}

void diagnosis_close(struct diagnosis *diagnosis)
{
    http_done(&diagnosis->http);
    tunnel_free(diagnosis->tunnel);
}

enum status diagnosis_run(const struct operation *operation, diagnosis_fn *run)
{
    struct diagnosis diagnosis;
    enum status status = diagnosis_open(operation, &diagnosis);

    if (status == STATUS_OK)
        status = run(&diagnosis);
    diagnosis_close(&diagnosis);
    return status;
}

/* A tcpstored of before --store has no such argument. */
static void report_reason(const struct diagnosis *diagnosis, const char *reason)
{
    const char *store = diagnosis->operation->options->store;

    escape_print(stderr, "tcpstore-cli: %s: %s\n", diagnosis->operation->command->name, reason);
    if (store != NULL && diagnosis->http.status == 400)
        escape_print(
            stderr,
            "--store %s: an older tcpstored has only one store; ask it without --store, or "
            "install a newer one\n",
            store);
}

/* A relay's answer in place of its store's: errors of others do not have its state. */
static bool is_of_relay(const struct diagnosis *diagnosis, const json_t *answer)
{
    return diagnosis->http.status == 503 && json_object_get(answer, "upstream") != NULL;
}

/* A tcpstored of before a command does not know its path, or no method but GET. */
static bool is_unknown(const struct diagnosis *diagnosis)
{
    long status = diagnosis->http.status;

    return (diagnosis->operation->command->flags & COMMAND_MANAGES) != 0 &&
           (status == 404 || status == 405);
}

static enum status refuse_foreign(const struct diagnosis *diagnosis)
{
    char server[ENDPOINT_TEXT_SIZE];

    escape_print(
        stderr,
        "tcpstore-cli: %s: the HTTP server there is not tcpstored (status %ld)\n"
        "-p PORT names the store's port, --http HOST:PORT that of --http-bind\n",
        endpoint_describe(&diagnosis->operation->options->http_server, server),
        diagnosis->http.status);
    return STATUS_UNREACHABLE;
}

static enum status refuse_unknown(const struct diagnosis *diagnosis)
{
    const struct operation *operation = diagnosis->operation;
    char server[ENDPOINT_TEXT_SIZE];

    escape_print(
        stderr,
        "tcpstore-cli: %s: the tcpstored at %s is too old for this command (status "
        "%ld)\ninstall a newer one there\n",
        operation->command->name, endpoint_describe(&operation->options->http_server, server),
        diagnosis->http.status);
    return STATUS_FAILED;
}

enum status diagnosis_refuse(struct diagnosis *diagnosis)
{
    const struct operation *operation = diagnosis->operation;
    const struct http *http = &diagnosis->http;
    json_t *object = json_loadb(http->body.data, http->body.size, 0, NULL);
    const char *reason = json_string_value(json_object_get(object, "error"));
    enum status status = STATUS_FAILED;

    if (reason == NULL) {
        status = refuse_foreign(diagnosis);
    } else if (is_unknown(diagnosis)) {
        status = refuse_unknown(diagnosis);
    } else if (operation->options->store != NULL && http->status == 404) {
        unknown_store_report(operation, &diagnosis->http);
    } else {
        report_reason(diagnosis, reason);
        if (is_of_relay(diagnosis, object))
            relay_state_suggest(operation->options);
    }
    json_decref(object);
    return status;
}

/* `code`: whether there is an answer. */
static enum status check_answer(struct diagnosis *diagnosis, int code)
{
    const struct http *http = &diagnosis->http;

    if (code)
        return report_silence(
            diagnosis, http->timed_out ? STATUS_TIMED_OUT : STATUS_UNREACHABLE);
    return http->status == 200 || http->status == 201 ? STATUS_OK : diagnosis_refuse(diagnosis);
}

static enum status parse_answer(struct diagnosis *diagnosis, json_t **ret_object)
{
    const struct http *http = &diagnosis->http;
    json_t *object = json_loadb(http->body.data, http->body.size, 0, NULL);

    if (!json_is_object(object)) {
        json_decref(object);
        return diagnosis_refuse(diagnosis);
    }
    *ret_object = object;
    return STATUS_OK;
}

static int32_t timeout_of(const struct diagnosis *diagnosis)
{
    return options_timeout_ms(diagnosis->operation->options);
}

enum status diagnosis_get(struct diagnosis *diagnosis, const char *target)
{
    int code = http_get(&diagnosis->http, target, timeout_of(diagnosis));

    return check_answer(diagnosis, code);
}

enum status diagnosis_get_json(
    struct diagnosis *diagnosis, const char *target, json_t **ret_object)
{
    enum status status = diagnosis_get(diagnosis, target);

    return status == STATUS_OK ? parse_answer(diagnosis, ret_object) : status;
}

enum status diagnosis_change(
    struct diagnosis *diagnosis, const char *method, const char *target, json_t **ret_object)
{
    int code = http_change(&diagnosis->http, method, target, timeout_of(diagnosis));
    enum status status = STATUS_NO;

    if (code || diagnosis->http.status != 404)
        status = check_answer(diagnosis, code);
    return status == STATUS_OK ? parse_answer(diagnosis, ret_object) : status;
}

void diagnosis_print(
    const struct diagnosis *diagnosis, json_t *object, void (*print)(const json_t *object))
{
    if (diagnosis->operation->options->json) {
        json_bytes_print(object);
        return;
    }
    print(object);
    json_decref(object);
}

void diagnosis_add_arguments(const struct operation *operation, struct bytes *target)
{
    const struct options *options = operation->options;

    if (options->world > 0)
        target_add_number(target, "world", options->world);
    if (options->hang_seconds >= 0)
        target_add_number(target, "hang", options->hang_seconds);
}

void diagnosis_add_store(const struct operation *operation, struct bytes *target)
{
    if (operation->options->store != NULL)
        target_add_text(target, "store", operation->options->store);
}
