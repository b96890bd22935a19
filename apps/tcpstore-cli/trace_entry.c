#include "tcpstore-cli/trace_entry.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "record/parts.h"
#include "tcpstore-cli/escape.h"
#include "tcpstore-cli/json_bytes.h"
#include "tcpstore-cli/output.h"

enum { TIME_SIZE = 64, OPERATION_WIDTH = 11 /* of the longest, COMPARE_SET */ };

static const char *const outcomes[] = {
    [OUTCOME_EXECUTED] = "executed",   [OUTCOME_WAITING] = "waits",
    [OUTCOME_REFUSED] = "refused",     [OUTCOME_CONNECTED] = "connected",
    [OUTCOME_CLOSED] = "disconnected",
};

static void take_part(struct trace_request *request, const struct part *part)
{
    switch (part->field) {
    case WIRE_KEY:
        if (!request->has_key) {
            request->key = tcpstore_bytes(part->here.bytes, part->here.len);
            request->key_len = part->len;
        }
        request->has_key = true;
        break;
    case WIRE_BLOB:
        request->has_values = true;
        request->value_bytes += part->len;
        break;
    case WIRE_I64:
        request->has_number = true;
        request->number = (int64_t)bytes_get_u64(part->here.bytes);
        break;
    default:
        break;
    }
}

struct trace_request trace_request_of(const struct record_entry *entry)
{
    struct parts parts = parts_of(entry->request);
    struct trace_request request = {.keys = parts.items};
    struct part part;

    if (entry->outcome == OUTCOME_CONNECTED || entry->outcome == OUTCOME_CLOSED)
        return request;
    request.operation =
        parts.layout == NULL ? "unknown" : wire_opcode_name(entry->request.bytes[0]);
    while (parts_next(&parts, &part))
        take_part(&request, &part);
    if (request.keys > 1 && parts.is_cut)
        request.has_values = false;
    return request;
}

/* UTC, as in the server's log. A time out of range, which only a damaged file has, is in ms. */
static const char *format_time(int64_t unix_ms, char text[TIME_SIZE])
{
    int64_t milliseconds = (unix_ms % 1000 + 1000) % 1000;
    time_t seconds = (time_t)(unix_ms / 1000 - (unix_ms % 1000 < 0));
    char date[TIME_SIZE / 2];
    struct tm time;

    if (gmtime_r(&seconds, &time) == NULL ||
        strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &time) == 0)
        snprintf(text, TIME_SIZE, "%" PRId64, unix_ms);
    else
        snprintf(text, TIME_SIZE, "%s.%03" PRId64 "Z", date, milliseconds);
    return text;
}

static void print_key(const struct operation *operation, const struct trace_request *request)
{
    putchar(' ');
    output_key(stdout, operation, request->key);
    if (request->key.size < request->key_len)
        fputs("…", stdout);
    if (request->keys > 1)
        printf(" and %" PRIu64 " more", request->keys - 1);
}

static void print_request(
    const struct operation *operation, const struct record_entry *entry,
    const struct trace_request *request)
{
    printf("%-*s", request->has_key ? OPERATION_WIDTH : 0, request->operation);
    if (request->has_key)
        print_key(operation, request);
    if (request->has_number)
        printf(", %" PRId64, request->number);
    if (request->has_values)
        printf(", %" PRIu64 " bytes", request->value_bytes);
    if (entry->outcome == OUTCOME_WAITING)
        fputs(", waits", stdout);
    if (entry->outcome == OUTCOME_REFUSED)
        printf(", refused: %s", tcpstore_strerror(entry->code));
}

static void print_event(const struct record_entry *entry)
{
    struct bytes text = {0};

    escape_append(&text, tcpstore_bytes(entry->text.bytes, entry->text.len));
    printf(
        "%s %s", entry->outcome == OUTCOME_CONNECTED ? "connected from" : "disconnected:",
        text.size > 0 ? text.data : "");
    bytes_done(&text);
}

static void print_line(const struct operation *operation, const struct record_entry *entry)
{
    struct trace_request request = trace_request_of(entry);
    char time[TIME_SIZE];

    printf("%s %6" PRIu32 " ", format_time(entry->unix_ms, time), entry->client);
    if (request.operation != NULL)
        print_request(operation, entry, &request);
    else
        print_event(entry);
    putchar('\n');
}

static void set_number(json_t *object, const char *field, uint64_t number)
{
    json_bytes_set(object, field, json_integer((json_int_t)number));
}

static void set_request(
    json_t *object, const struct record_entry *entry, const struct trace_request *request)
{
    json_bytes_set(object, "operation", json_string(request->operation));
    if (request->key.size < request->key_len)
        set_number(object, "key_bytes", request->key_len);
    if (request->keys > 1)
        set_number(object, "keys", request->keys);
    if (request->has_number)
        json_bytes_set(object, "argument", json_integer(request->number));
    if (request->has_values)
        set_number(object, "value_bytes", request->value_bytes);
    if (entry->len > 0)
        set_number(object, "request_bytes", entry->len);
    if (entry->outcome == OUTCOME_REFUSED)
        json_bytes_set(object, "reason", json_string(tcpstore_strerror(entry->code)));
}

static void print_json(const struct operation *operation, const struct record_entry *entry)
{
    struct trace_request request = trace_request_of(entry);
    json_t *object = request.has_key ? json_bytes_new(&operation->options->naming, request.key)
                                     : json_object();
    char time[TIME_SIZE];

    json_bytes_set(object, "time", json_string(format_time(entry->unix_ms, time)));
    set_number(object, "number", entry->number);
    set_number(object, "client", entry->client);
    json_bytes_set(object, "outcome", json_string(outcomes[entry->outcome]));
    if (request.operation != NULL)
        set_request(object, entry, &request);
    else
        json_bytes_set(
            object, entry->outcome == OUTCOME_CONNECTED ? "peer" : "reason",
            json_bytes_of(tcpstore_bytes(entry->text.bytes, entry->text.len)));
    json_bytes_print(object);
}

void trace_entry_print(const struct operation *operation, const struct record_entry *entry)
{
    if (operation->options->json)
        print_json(operation, entry);
    else
        print_line(operation, entry);
}
