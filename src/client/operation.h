/* One operation: what it asks of the server, how it waits, and its error messages. */
#ifndef CLIENT_OPERATION_H
#define CLIENT_OPERATION_H

#include "client/handle.h"

/* How an operation waits. A request that fails is never sent again. */
enum policy {
    POLICY_IMMEDIATE,      /* the server answers without waiting */
    POLICY_IF_PRESENT,     /* without waiting; TCPSTORE_ENOKEY unless all keys exist */
    POLICY_WAIT,           /* the request is a WAIT or BARRIER */
    POLICY_WAIT_FIRST,     /* waits for the keys, then sends the request */
    POLICY_WAIT_FOR_ENTRY, /* the same, repeated until QUEUE_POP returns an entry */
};

struct operation {
    /* What to do. The spans must stay valid while the operation is performed. */
    const char *verb; /* in messages: "add to" */
    enum wire_opcode opcode;
    const struct tcpstore_span *keys; /* messages show the first and the number of others */
    size_t key_count;
    const struct tcpstore_span *values;
    size_t value_count;
    int64_t number; /* ADD: delta; BARRIER: world size */
    uint32_t nonce; /* PING */
    enum policy policy;

    /* Set by operation_init. */
    struct connection *connection;
    struct span prefix;
    struct flight *flight; /* where its requests are added */
    struct tcpstore_error *error;

    /* Set while it is performed. */
    int64_t begun;
    int64_t deadline;
};

static inline struct operation operation_on_keys(
    const char *verb, enum wire_opcode opcode, const struct tcpstore_span *keys, size_t count)
{
    return (struct operation){.verb = verb, .opcode = opcode, .keys = keys, .key_count = count};
}

static inline struct operation operation_on_key(
    const char *verb, enum wire_opcode opcode, const struct tcpstore_span *key)
{
    return operation_on_keys(verb, opcode, key, 1);
}

static inline struct operation operation_with_value(
    const char *verb, enum wire_opcode opcode, const struct tcpstore_span *key,
    const struct tcpstore_span *value)
{
    return (struct operation){
        .verb = verb,
        .opcode = opcode,
        .keys = key,
        .key_count = 1,
        .values = value,
        .value_count = 1};
}

/* Afterwards requests can be added and errors reported. */
static inline void operation_init(
    struct operation *operation, const struct tcpstore_client *client, struct flight *flight,
    struct tcpstore_error *error)
{
    operation->connection = client->connection;
    operation->prefix = client_prefix(client);
    operation->flight = flight;
    operation->error = error;
}

/* Adds a request with the keys and values of the operation to its flight. TCPSTORE_EINVAL,
 * ENOMEM. */
int operation_add(struct operation *operation, enum wire_opcode opcode);

/* Adds any request, with the operation's prefix. Errors as operation_add. */
int operation_add_request(struct operation *operation, struct encode request);

/* Sets the error to "<verb> <keys> at <server>" and the formatted text. Returns `code`. */
__attribute__((format(printf, 3, 4))) int operation_fail(
    const struct operation *operation, int code, const char *format, ...);

/* "… timed out after 30.0 s", and `more`. Returns TCPSTORE_ETIMEDOUT. */
int operation_fail_timed_out(const struct operation *operation, const char *more);

/* "… was cancelled", and `more`. Returns TCPSTORE_ECANCELED. */
int operation_fail_cancelled(const struct operation *operation, const char *more);

/* TCPSTORE_EINVAL: it is below 1. */
int operation_check_world_size(const struct operation *operation, int64_t world_size);

#endif
