/*
 * Which ranks have not set their keys?
 *
 * Happy path: make a key for each rank, look all of them up, print the missing ones; with
 * --watch, wait, look up the missing ones again, and so on until all exist.
 *
 * Ways to fail: a wrong pattern or rank; the server, as everywhere; with --watch and --timeout,
 * the time is over and keys are still missing.
 */
#include <assert.h>
#include <stdio.h>

#include "common/clock.h"
#include "tcpstore-cli/lookup.h"
#include "tcpstore-cli/output.h"
#include "tcpstore-cli/ranks.h"
#include "tcpstore-cli/report.h"
#include "tcpstore-cli/terminal.h"
#include "tcpstore-cli/verbs.h"

enum {
    LOOKUP_EACH_MS = 500,
    MAX_PARTS = 12,
};

struct search {
    const struct operation *operation;
    const char *pattern;
    size_t total;
    struct ranks missing;
    uint64_t begin_ns;
    struct progress progress;
};

static enum status fail(struct search *search, const struct tcpstore_error *error)
{
    progress_end(&search->progress);
    return report_error(error);
}

/* The pattern is already validated. */
static void append_key(const struct search *search, uint64_t rank, struct bytes *wire)
{
    struct bytes typed = {0};
    int refused;

    pattern_expand(search->pattern, rank, &typed);
    refused = naming_resolve(&search->operation->options->naming, typed.data, wire);
    assert(refused == 0);
    (void)refused;
    bytes_done(&typed);
}

static void add_keys(
    const struct search *search, size_t from, size_t count, struct key_list *keys)
{
    struct bytes key = {0};

    for (size_t i = from; i < from + count; i++) {
        bytes_clear(&key);
        append_key(search, search->missing.numbers[i], &key);
        key_list_add(keys, bytes_span(&key));
    }
    bytes_done(&key);
}

static size_t one_flight(const struct search *search, size_t from)
{
    size_t left = search->missing.count - from;

    return left < LOOKUP_FLIGHT ? left : LOOKUP_FLIGHT;
}

/* Looks up `count` ranks, and moves the missing ones to index `kept` and after. */
static enum status look_up_flight(
    struct search *search, size_t from, size_t count, size_t *kept)
{
    int32_t timeout_ms = options_timeout_ms(search->operation->options);
    uint64_t *numbers = search->missing.numbers;
    enum status status = STATUS_OK;
    struct tcpstore_error error;
    struct key_list keys = {0};
    int64_t exist[LOOKUP_FLIGHT];

    add_keys(search, from, count, &keys);
    if (lookup_existence(
            search->operation->client, keys.spans, count, timeout_ms, &error, exist))
        status = fail(search, &error);
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        if (!exist[i])
            numbers[(*kept)++] = numbers[from + i];
    }
    key_list_done(&keys);
    return status;
}

/* Looks up the ranks that were missing, and keeps those that still are. */
static enum status look_up(struct search *search)
{
    enum status status = STATUS_OK;
    size_t kept = 0;

    for (size_t from = 0; from < search->missing.count && status == STATUS_OK;) {
        size_t count = one_flight(search, from);

        status = look_up_flight(search, from, count, &kept);
        from += count;
    }
    if (status == STATUS_OK)
        search->missing.count = kept;
    return status;
}

static void append_summary(const struct search *search, struct bytes *text)
{
    char counts[64];

    if (search->missing.count == 0) {
        snprintf(counts, sizeof(counts), "none of %zu missing", search->total);
        bytes_append_text(text, counts);
        return;
    }
    snprintf(
        counts, sizeof(counts), "%zu of %zu missing: ", search->missing.count, search->total);
    bytes_append_text(text, counts);
    ranks_describe(&search->missing, MAX_PARTS, text);
}

static void print_rank(const struct search *search, uint64_t rank)
{
    const struct operation *operation = search->operation;
    struct bytes key = {0};

    append_key(search, rank, &key);
    if (operation->options->json) {
        output_number(operation, bytes_span(&key), "rank", (int64_t)rank);
    } else {
        output_key(stdout, operation, bytes_span(&key));
        putchar('\n');
    }
    bytes_done(&key);
}

static enum status print_missing(const struct search *search)
{
    for (size_t i = 0; i < search->missing.count && !interrupt_was_received(); i++)
        print_rank(search, search->missing.numbers[i]);
    return search->missing.count > 0 ? STATUS_NO : STATUS_OK;
}

static enum status look_up_once(struct search *search)
{
    enum status status = look_up(search);
    struct bytes summary = {0};

    if (status != STATUS_OK)
        return status;
    status = print_missing(search);
    append_summary(search, &summary);
    fflush(stdout); /* so that the summary follows it on a terminal */
    fprintf(stderr, "%s\n", summary.data);
    bytes_done(&summary);
    return status;
}

/* INT64_MAX without --timeout. */
static int64_t milliseconds_left(const struct search *search)
{
    uint32_t timeout_ms = search->operation->options->timeout_ms;

    if (timeout_ms == OPTIONS_NO_TIMEOUT)
        return INT64_MAX;
    return timeout_ms - (int64_t)((clock_now() - search->begin_ns) / NS_PER_MS);
}

/* Waits until the next lookup, or until all keys of one flight exist. */
static enum status pause_lookups(struct search *search, int64_t left_ms)
{
    int32_t timeout_ms = left_ms < LOOKUP_EACH_MS ? (int32_t)left_ms : LOOKUP_EACH_MS;
    enum status status = STATUS_OK;
    struct tcpstore_error error;
    struct key_list keys = {0};
    int code;

    add_keys(search, 0, one_flight(search, 0), &keys);
    code = tcpstore_wait(search->operation->client, keys.spans, keys.count, timeout_ms, &error);
    if (code && code != TCPSTORE_ETIMEDOUT)
        status = fail(search, &error);
    key_list_done(&keys);
    return status;
}

static enum status look_up_and_show(struct search *search)
{
    struct bytes summary = {0};
    enum status status = look_up(search);

    if (status == STATUS_OK) {
        append_summary(search, &summary);
        progress_show(&search->progress, summary.data, clock_now() - search->begin_ns);
    }
    bytes_done(&summary);
    return status;
}

static enum status watch(struct search *search)
{
    enum status status = look_up_and_show(search);
    int64_t left_ms;

    while (status == STATUS_OK && search->missing.count > 0 &&
           (left_ms = milliseconds_left(search)) > 0) {
        status = pause_lookups(search, left_ms);
        if (status == STATUS_OK)
            status = look_up_and_show(search);
    }
    progress_end(&search->progress);
    if (status == STATUS_OK && print_missing(search) != STATUS_OK)
        status = STATUS_TIMED_OUT;
    return status;
}

static enum status check_pattern(const struct operation *operation)
{
    const char *pattern = operation->arguments[0];
    const char *error = pattern_error(pattern);
    struct bytes key = {0};
    enum status status;

    if (error != NULL)
        return operation_refuse(operation, "%s: %s", pattern, error);
    status = operation_key(operation, 0, &key);
    bytes_done(&key);
    return status;
}

static enum status take_ranks(const struct operation *operation, struct ranks *ranks)
{
    for (int i = 1; i < operation->count; i++) {
        if (ranks_add(ranks, operation->arguments[i]))
            return operation_refuse(
                operation,
                "%s: not ranks such as 7, 0..1023 or 0-3,7; ranges ascend, and there are "
                "at most %zu ranks",
                operation->arguments[i], RANKS_MAX);
    }
    ranks_sort(ranks);
    return STATUS_OK;
}

enum status command_missing(const struct operation *operation)
{
    struct search search = {
        .operation = operation, .pattern = operation->arguments[0], .begin_ns = clock_now()};
    enum status status = check_pattern(operation);

    if (status == STATUS_OK)
        status = take_ranks(operation, &search.missing);
    search.total = search.missing.count;
    if (status == STATUS_OK)
        status = operation->options->watch ? watch(&search) : look_up_once(&search);
    ranks_done(&search.missing);
    return status;
}
