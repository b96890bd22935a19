/* What the server does: once as a table, or a line with rates for each interval. */
#include <stdio.h>
#include <unistd.h>

#include "common/clock.h"
#include "tcpstore-cli/diagnosis.h"
#include "tcpstore-cli/escape.h"
#include "tcpstore-cli/json_bytes.h"
#include "tcpstore-cli/json_read.h"
#include "tcpstore-cli/output.h"
#include "tcpstore-cli/terminal.h"
#include "tcpstore-cli/units.h"
#include "tcpstore-cli/verbs.h"

enum { LINES_PER_HEADING = 20 };

static const char *count_text(const json_t *object, const char *name, char text[UNITS_SIZE])
{
    units_count(json_read_number(object, name), text);
    return text;
}

static const char *bytes_text(const json_t *object, const char *name, char text[UNITS_SIZE])
{
    units_bytes(json_read_number(object, name), text);
    return text;
}

static const char *seconds_text(const json_t *object, const char *name, char text[UNITS_SIZE])
{
    units_seconds(json_read_number(object, name), text);
    return text;
}

static void print_server(const json_t *object)
{
    const char *version = json_read_text(object, "version");
    const json_t *addresses = json_object_get(object, "addresses");
    char uptime[UNITS_SIZE];

    escape_print(
        stdout, "server    tcpstored %s, process %.0f, up for %s, at", version,
        json_read_number(object, "pid"), seconds_text(object, "uptime_seconds", uptime));
    for (size_t i = 0; i < json_array_size(addresses); i++)
        escape_print(
            stdout, "%s %s", i > 0 ? "," : "", json_string_value(json_array_get(addresses, i)));
    putchar('\n');
}

static void print_clients(const json_t *object)
{
    char clients[UNITS_SIZE], max[UNITS_SIZE], waiting[UNITS_SIZE], closed[UNITS_SIZE];
    char longest[UNITS_SIZE];

    printf(
        "clients   %s connected, %s at most; %s left since the start\n",
        count_text(object, "clients", clients), count_text(object, "clients_max", max),
        count_text(object, "closed_total", closed));
    printf("waiting   %s", count_text(object, "waiting", waiting));
    if (json_read_number(object, "waiting") > 0)
        printf(
            ", the longest for %s; 'tcpstore-cli why' says what for",
            seconds_text(object, "oldest_wait_seconds", longest));
    putchar('\n');
}

static void print_store(const json_t *object)
{
    char keys[UNITS_SIZE], queues[UNITS_SIZE], used[UNITS_SIZE], limit[UNITS_SIZE];

    printf(
        "store     %s keys, %s queues\n", count_text(object, "keys", keys),
        count_text(object, "queues", queues));
    printf(
        "memory    %s of %s\n", bytes_text(object, "memory_bytes", used),
        bytes_text(object, "memory_limit_bytes", limit));
}

static void print_requests(const json_t *object)
{
    const json_t *requests = json_object_get(object, "requests");
    char count[UNITS_SIZE], in[UNITS_SIZE], out[UNITS_SIZE];
    const char *name;
    json_t *each;

    printf(
        "requests  %s; %s received, %s sent\n", count_text(object, "requests_total", count),
        bytes_text(object, "received_bytes", in), bytes_text(object, "sent_bytes", out));
    json_object_foreach((json_t *)requests, name, each)
    {
        if (json_number_value(each) > 0)
            escape_print(stdout, "%21s  %s\n", count_text(requests, name, count), name);
    }
}

static void print_table(const json_t *object)
{
    print_server(object);
    print_clients(object);
    print_store(object);
    print_requests(object);
}

static void print_rates(const json_t *before, const json_t *now)
{
    char clients[UNITS_SIZE], waiting[UNITS_SIZE], longest[UNITS_SIZE], keys[UNITS_SIZE];
    char memory[UNITS_SIZE], requests[UNITS_SIZE], in[UNITS_SIZE], out[UNITS_SIZE];

    units_count(json_read_rate(before, now, "requests_total"), requests);
    units_bytes(json_read_rate(before, now, "received_bytes"), in);
    units_bytes(json_read_rate(before, now, "sent_bytes"), out);
    printf(
        "%9s %9s %8s %9s %9s %11s %9s %9s\n", count_text(now, "clients", clients),
        count_text(now, "waiting", waiting),
        json_read_number(now, "waiting") > 0 ? seconds_text(now, "oldest_wait_seconds", longest)
                                             : "",
        count_text(now, "keys", keys), bytes_text(now, "memory_bytes", memory), requests, in,
        out);
}

static void print_heading(void)
{
    printf(
        "%9s %9s %8s %9s %9s %11s %9s %9s\n", "CLIENTS", "WAITING", "LONGEST", "KEYS", "MEMORY",
        "REQUESTS/S", "IN/S", "OUT/S");
}

/* Prints one interval, and keeps `now` as the start of the next one. */
static enum status show(
    const struct operation *operation, json_t **before, json_t *now, size_t line)
{
    if (operation->options->json) {
        json_bytes_print(now);
        return output_flush();
    }
    if (line % LINES_PER_HEADING == 1)
        print_heading();
    if (*before != NULL)
        print_rates(*before, now);
    json_decref(*before);
    *before = now;
    return output_flush();
}

static enum status ask(struct diagnosis *diagnosis, json_t **ret_object)
{
    struct bytes target = {0};
    enum status status;

    bytes_append_text(&target, "/v1/stat");
    diagnosis_add_store(diagnosis->operation, &target);
    status = diagnosis_get_json(diagnosis, target.data, ret_object);
    bytes_done(&target);
    return status;
}

static enum status follow(struct diagnosis *diagnosis)
{
    const struct operation *operation = diagnosis->operation;
    enum status status = STATUS_OK;
    uint64_t next = clock_now();
    json_t *before = NULL;
    json_t *now;

    for (size_t line = 0; status == STATUS_OK && !interrupt_was_received(); line++) {
        interrupt_sleep_until(next);
        next += (uint64_t)operation->options->every_ms * NS_PER_MS;
        if (interrupt_was_received())
            break;
        status = ask(diagnosis, &now);
        if (status == STATUS_OK)
            status = show(operation, &before, now, line);
    }
    json_decref(before);
    return status;
}

static enum status show_once(struct diagnosis *diagnosis)
{
    json_t *object;
    enum status status = ask(diagnosis, &object);

    if (status == STATUS_OK)
        diagnosis_print(diagnosis, object, print_table);
    return status;
}

enum status command_stat(const struct operation *operation)
{
    return diagnosis_run(operation, operation->options->every_ms > 0 ? follow : show_once);
}
