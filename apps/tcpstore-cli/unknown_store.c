#include "tcpstore-cli/unknown_store.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "common/suggest.h"
#include "tcpstore-cli/escape.h"
#include "tcpstore-cli/json_read.h"

/* Whether it is the store of an attempt of a job: hang.2 of hang. */
static bool is_attempt(const char *name, const char *job)
{
    size_t len = strlen(job);

    return strncmp(name, job, len) == 0 && name[len] == '.';
}

/* The latest attempt, else the closest name; NULL: none is close. Stores are listed in the
 * order in which they were opened. */
static const char *find_meant(const json_t *stores, const char *typed)
{
    struct suggestion suggestion = suggestion_of(typed, strlen(typed));
    const char *attempt = NULL;

    for (size_t i = 0; i < json_array_size(stores); i++) {
        const char *name = json_read_text(json_array_get(stores, i), "name");

        if (is_attempt(name, typed))
            attempt = name;
        suggestion_consider(&suggestion, name);
    }
    return attempt != NULL ? attempt : suggestion.best;
}

/* NULL: there is no answer, or another one. */
static json_t *ask(struct http *http, int32_t timeout_ms)
{
    if (http_get(http, "/v1/stores?limit=1000", timeout_ms))
        return NULL;
    return json_loadb(http->body.data, http->body.size, 0, NULL);
}

void unknown_store_report(const struct operation *operation, struct http *http)
{
    const char *typed = operation->options->store;
    json_t *answer = ask(http, options_timeout_ms(operation->options));
    const char *meant = find_meant(json_object_get(answer, "stores"), typed);

    escape_print(
        stderr, "tcpstore-cli: %s: --store %s: no store has this name",
        operation->command->name, typed);
    if (meant != NULL)
        escape_print(stderr, "; did you mean %s?", meant);
    fputs("\n'tcpstore-cli stores' lists them\n", stderr);
    json_decref(answer);
}
