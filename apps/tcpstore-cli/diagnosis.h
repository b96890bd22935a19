/*
 * What tcpstored says over HTTP about itself and its clients, and how it is changed.
 *
 * Ways to fail: no answer, a refusal, or an answer that is not tcpstored's. All are reported on
 * stderr; STATUS_NO_HTTP is not, because the caller first has to find out whether a store
 * listens there.
 */
#ifndef CLI_DIAGNOSIS_H
#define CLI_DIAGNOSIS_H

#include <jansson.h>

#include "tcpstore-cli/http.h"
#include "tcpstore-cli/operation.h"

struct diagnosis {
    const struct operation *operation;
    struct tunnel *tunnel; /* NULL: no TLS */
    struct http http;
};

typedef enum status diagnosis_fn(struct diagnosis *diagnosis);

/* Runs `run` on a server that speaks HTTP. */
TCPSTORE_MUST_USE
enum status diagnosis_run(const struct operation *operation, diagnosis_fn *run);

/* Checks that the server speaks HTTP. After a failure, too, diagnosis_close is needed. */
TCPSTORE_MUST_USE
enum status diagnosis_open(const struct operation *operation, struct diagnosis *ret_diagnosis);

/* Asks for a path with its query; the answer is in `http.body`. */
TCPSTORE_MUST_USE
enum status diagnosis_get(struct diagnosis *diagnosis, const char *target);

/* The same, and parses the answer, an object that the caller frees. */
TCPSTORE_MUST_USE
enum status diagnosis_get_json(
    struct diagnosis *diagnosis, const char *target, json_t **ret_object);

/* Changes something by PUT or DELETE. STATUS_NO, which is not reported: it does not exist. The
 * caller frees the answer. */
TCPSTORE_MUST_USE
enum status diagnosis_change(
    struct diagnosis *diagnosis, const char *method, const char *target, json_t **ret_object);

/* Prints the answer: with --json as it is, otherwise by `print`. Frees it. */
void diagnosis_print(
    const struct diagnosis *diagnosis, json_t *object, void (*print)(const json_t *object));

/* Reports an answer that is an error, or not one of tcpstored's. */
enum status diagnosis_refuse(struct diagnosis *diagnosis);

/* Adds --world and --hang to a target. */
void diagnosis_add_arguments(const struct operation *operation, struct bytes *target);

/* Adds --store to a target. */
void diagnosis_add_store(const struct operation *operation, struct bytes *target);

void diagnosis_close(struct diagnosis *diagnosis);

#endif
