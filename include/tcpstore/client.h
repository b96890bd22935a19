/*
 * A client of a TCPStore server: tcpstored, or the one inside PyTorch.
 *
 *     struct tcpstore_client_options options;
 *     struct tcpstore_client *client;
 *     struct tcpstore_value address = {NULL, 0};
 *     struct tcpstore_error error;
 *
 *     tcpstore_client_options_init(&options);
 *     options.host = "head";
 *     if (tcpstore_client_connect(&options, &error, &client) ||
 *         tcpstore_set(client, tcpstore_text("rank_0"), tcpstore_text("10.0.0.7"), &error) ||
 *         tcpstore_get(client, tcpstore_text("rank_1"), TCPSTORE_TIMEOUT, &error, &address))
 *         fprintf(stderr, "%s\n", error.text);
 *     else
 *         printf("rank 1 is at %s\n", (const char *)address.bytes);
 *     tcpstore_value_free(&address);
 *     tcpstore_client_free(client);
 *
 * Keys are the same as in PyTorch: the key "k" here is the key "k" of a PyTorch TCPStore on
 * the same server, and the key "k" of tcpstore_client_prefix(…, "job", …) is the key "k" of
 * PrefixStore("job", …).
 *
 * Threads. Any number of threads may use a handle. It has one connection, which performs one
 * operation at a time: an operation that waits holds up the other threads, whose deadlines
 * count meanwhile. tcpstore_client_clone opens another connection.
 *
 * Outputs are named ret_… and come last. A function that fails sets them to NULL, zero or
 * false, so that they can be freed in any case.
 *
 * Errors. Each function that takes an `error` returns 0, or one of the codes and fills in
 * `error` with a text such as "wait for /rank_7 at head:29500 timed out after 30.0 s". Besides
 * the errors listed at the function, each can return
 *
 *   TCPSTORE_ENOMEM       out of memory; nothing was sent
 *   TCPSTORE_EINVAL       a key, a value or a number is out of range; nothing was sent
 *   TCPSTORE_ETIMEDOUT    the deadline has passed; see TCPSTORE_TIMEOUT
 *   TCPSTORE_ECANCELED    cancel_fd of the options was readable; see there
 *   TCPSTORE_ELOST        the connection is lost, now or since an earlier operation
 *   TCPSTORE_EPROTOCOL    unexpected answer, not a TCPStore server; the connection is lost
 *   TCPSTORE_EANSWERSIZE  the answer exceeds `answer_bytes_max` of the options; the connection
 *                         is lost
 *
 * When the connection is lost, the operation may or may not have taken effect. It is never sent
 * again automatically: where that matters, call tcpstore_client_reconnect and look at the
 * store. A server that refuses a request (ADD on a value that is not a number, a limit
 * exceeded) closes the connection: that, too, is TCPSTORE_ELOST, and the server's log says why.
 *
 * The library has no global state, raises and handles no signals, and creates no threads. A
 * program may close its standard streams: no socket gets descriptor 0, 1 or 2.
 */
#ifndef TCPSTORE_CLIENT_H
#define TCPSTORE_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <tcpstore/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The longest timeout, in ms: about 24 days. */
#define TCPSTORE_TIMEOUT_MAX INT32_MAX

/* As a timeout: `timeout_ms` of the options. */
#define TCPSTORE_TIMEOUT (-1)

/* Bytes that the caller owns. */
struct tcpstore_span {
    const void *bytes; /* may be NULL if there are none */
    size_t size;       /* in bytes */
};

/* A span of these bytes, which are not copied. */
TCPSTORE_EXPORT struct tcpstore_span tcpstore_bytes(const void *bytes, size_t size);

/* A span of a string without its terminator, likewise not copied. */
TCPSTORE_EXPORT struct tcpstore_span tcpstore_text(const char *text);

/* Bytes from the library, which the caller frees. A null byte, not counted in `size`, follows
 * them. */
struct tcpstore_value {
    void *bytes; /* NULL once freed */
    size_t size; /* in bytes */
};

/* Frees the bytes and sets the value to zero. A value of all zero is fine. */
TCPSTORE_EXPORT void tcpstore_value_free(struct tcpstore_value *value);

/* Frees an array of `count` values and the values in it. NULL is fine. */
TCPSTORE_EXPORT void tcpstore_values_free(struct tcpstore_value *values, size_t count);

/* The options of a client; call tcpstore_client_options_init first. */
struct tcpstore_client_options {
    /* A host name, or a numeric IPv4 or IPv6 address; default "127.0.0.1". All addresses of a
     * name are tried in turn. Or "unix:" and the path of a server's Unix socket, as
     * "unix:/run/tcpstore.sock", of 1 to 107 bytes. Copied. */
    const char *host;

    uint16_t port; /* 1 to 65535; default 29500; of no effect for a Unix socket */

    /* TLS 1.3, for a server's --trunk: a file of shared secrets, as `tcpstored keygen` makes;
     * or certificates, in files in PEM: this end's, its key, and the authorities of servers,
     * whose certificates must be for `host`. Others must not be able to read the key and the
     * secrets. NULL, the default: none. Read while connecting for the first time. */
    const char *secret_file;
    const char *tls_cert;
    const char *tls_key;
    const char *tls_ca;

    /* How long to try to connect, in ms, 0 or more; default 300,000. The pause after a failed
     * round over all addresses grows from 10 ms to 1 s, with jitter. Each address gets at most
     * 10 s at a time, and several share the time that is left. 0: each address is tried once.
     * Resolving the name cannot be interrupted, and may take longer. */
    int32_t connect_timeout_ms;

    /* Called after each failed round over all addresses, in the thread that connects; false
     * gives up at once. `reason` is the most telling one so far, such as "connection refused";
     * it is valid during the call, which must not use the client. NULL, the default, tries
     * until connect_timeout_ms has passed. Also called when cloning and reconnecting. */
    bool (*keep_trying)(void *context, const char *reason);
    void *keep_trying_context;

    /* Timeout of operations that take none, or are given TCPSTORE_TIMEOUT, in ms, 0 or more;
     * default 300,000, as in PyTorch. */
    int32_t timeout_ms;

    /* Prepended to every key on the wire; default "/", as in PyTorch; with "" the keys here are
     * the keys on the wire. Copied. */
    const char *key_prefix;

    /* Limit on the memory for the answer to an operation, or for all answers to a batch, in
     * bytes, 1 or more; default 2 GiB, enough for the longest reply that tcpstored sends with
     * its default limits. Each value or key in the answer counts as its size plus 64 bytes. An
     * answer that announces more is refused before it is read. */
    size_t answer_bytes_max;

    /* Cancels operations: while this descriptor is readable, an operation that would block
     * fails with TCPSTORE_ECANCELED. Default -1: none. Create it with eventfd or pipe, write to
     * it from another thread or a signal handler, and drain it before the next operation. The
     * caller owns it, and must keep it open until the last handle is freed.
     *
     * A wait is cancelled at the server, as at its deadline, and the connection stays usable.
     * Any other operation has already been sent: the connection is closed, and the operation
     * may or may not have taken effect. The read or pop that follows a successful wait is not
     * cancelled, so that no entry is lost. Connecting is cancelled, too. */
    int cancel_fd;
};

struct tcpstore_client;

/* Fills in the defaults. */
TCPSTORE_EXPORT void tcpstore_client_options_init(struct tcpstore_client_options *options);

/*
 * Connects, validates and pings. Free the handle with tcpstore_client_free.
 *
 * TCPSTORE_EINVAL     an option is out of range; the text names it
 * TCPSTORE_ECONNECT   not connected in time; the text has the last reason
 * TCPSTORE_ECANCELED  cancel_fd was readable
 * TCPSTORE_EPROTOCOL  the peer is not a TCPStore server; with TLS, the handshake has failed
 * TCPSTORE_ENOMEM
 * TCPSTORE_ESYSTEM    OpenSSL cannot be loaded
 */
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_client_connect(
    const struct tcpstore_client_options *options, struct tcpstore_error *error,
    struct tcpstore_client **ret_client);

/* Opens another connection to the same server, with the same options and prefix. Errors as
 * tcpstore_client_connect. */
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_client_clone(
    struct tcpstore_client *client, struct tcpstore_error *error,
    struct tcpstore_client **ret_client);

/*
 * Creates another handle on the same connection, which prepends this handle's prefix, `name`
 * and a "/" to its keys, as PrefixStore does. Prefixes nest. Free each handle; the last one
 * closes the connection. `name` is copied. TCPSTORE_ENOMEM.
 */
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_client_prefix(
    struct tcpstore_client *client, const char *name, struct tcpstore_error *error,
    struct tcpstore_client **ret_client);

/* If the connection is lost, connects again, for all handles on it, within connect_timeout_ms;
 * otherwise does nothing. Errors as tcpstore_client_connect; TCPSTORE_ETIMEDOUT if another
 * thread holds the connection for that long. */
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_client_reconnect(struct tcpstore_client *client, struct tcpstore_error *error);

/* "head:29500", "[::1]:29500" or "unix:/run/tcpstore.sock"; valid until the handle is freed. */
TCPSTORE_EXPORT const char *tcpstore_client_server(const struct tcpstore_client *client);

/* Frees a handle that no other thread is using. NULL is fine. */
TCPSTORE_EXPORT void tcpstore_client_free(struct tcpstore_client *client);

/*
 * Operations. One that waits takes `timeout_ms`, 0 or more, or TCPSTORE_TIMEOUT. At the
 * deadline the wait is cancelled at the server, and the connection stays usable. If the server
 * does not answer the cancel, or any request that does not wait, the connection is closed:
 * TCPSTORE_ETIMEDOUT now, and TCPSTORE_ELOST afterwards.
 *
 * The deadline ends an operation even if bytes are still being received or sent. The cancel,
 * and a request that follows a wait, such as the GET of tcpstore_get, may each take as long as
 * the timeout, but at least 1 s and at most 5 s, so that a wait can succeed at the last moment.
 * Thus an operation with a timeout of 1 s ends within 3 s, and one with 300 s within 310 s,
 * whatever the server does.
 */

/* Makes sure that the server answers. */
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_ping(struct tcpstore_client *client, struct tcpstore_error *error);

/* Sets the key. SET has no answer: this returns once the kernel has the request, and an error
 * shows at the next operation. Likewise append, multi_set and queue_push. */
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_set(
    struct tcpstore_client *client, struct tcpstore_span key, struct tcpstore_span value,
    struct tcpstore_error *error);

/* Stores `desired` if the value equals `expected`, or if the key is missing and `expected` is
 * empty. *ret_value is the value stored afterwards, or `expected` if the key is missing. */
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_compare_set(
    struct tcpstore_client *client, struct tcpstore_span key, struct tcpstore_span expected,
    struct tcpstore_span desired, struct tcpstore_error *error,
    struct tcpstore_value *ret_value);

/* Waits for the key, then reads it. A queue of that name with an entry also satisfies the wait,
 * and reads as an empty value; tcpstore_queue_len tells the two apart. Likewise get_now and
 * multi_get. */
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_get(
    struct tcpstore_client *client, struct tcpstore_span key, int32_t timeout_ms,
    struct tcpstore_error *error, struct tcpstore_value *ret_value);

/* Reads the key without waiting. TCPSTORE_ENOKEY: it is missing. */
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_get_now(
    struct tcpstore_client *client, struct tcpstore_span key, struct tcpstore_error *error,
    struct tcpstore_value *ret_value);

/* Adds `delta` to the counter, a decimal number stored under the key; a missing key counts as
 * 0. */
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_add(
    struct tcpstore_client *client, struct tcpstore_span key, int64_t delta,
    struct tcpstore_error *error, int64_t *ret_sum);

/* Appends to the value; a missing key counts as empty. Has no answer, as tcpstore_set. */
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_append(
    struct tcpstore_client *client, struct tcpstore_span key, struct tcpstore_span value,
    struct tcpstore_error *error);

/* Checks whether all keys exist. */
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_check(
    struct tcpstore_client *client, const struct tcpstore_span *keys, size_t count,
    struct tcpstore_error *error, bool *ret_ready);

/* Waits until each key exists or has existed since the call. */
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_wait(
    struct tcpstore_client *client, const struct tcpstore_span *keys, size_t count,
    int32_t timeout_ms, struct tcpstore_error *error);

/* Deletes the key. *ret_deleted: whether it existed. */
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_delete(
    struct tcpstore_client *client, struct tcpstore_span key, struct tcpstore_error *error,
    bool *ret_deleted);

/* Waits for all keys, then reads them atomically. *ret_values has `count` values, for
 * tcpstore_values_free. */
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_multi_get(
    struct tcpstore_client *client, const struct tcpstore_span *keys, size_t count,
    int32_t timeout_ms, struct tcpstore_error *error, struct tcpstore_value **ret_values);

/* Sets all keys, atomically with tcpstored. Has no answer, as tcpstore_set. */
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_multi_set(
    struct tcpstore_client *client, const struct tcpstore_span *keys,
    const struct tcpstore_span *values, size_t count, struct tcpstore_error *error);

/* Counts the keys on the server, whatever their prefix. */
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_num_keys(
    struct tcpstore_client *client, struct tcpstore_error *error, int64_t *ret_count);

/* Lists the keys that begin with the handle's prefix, without the prefix, in no particular
 * order. *ret_keys is for tcpstore_values_free. */
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_list_keys(
    struct tcpstore_client *client, struct tcpstore_error *error,
    struct tcpstore_value **ret_keys, size_t *ret_count);

/* Appends an entry to the queue. Queues are separate from keys, except that a queue with an
 * entry satisfies a wait for a key of its name. */
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_queue_push(
    struct tcpstore_client *client, struct tcpstore_span key, struct tcpstore_span value,
    struct tcpstore_error *error);

/* Waits for an entry and removes the oldest. If several clients wait, one gets the entry and
 * the others keep waiting. */
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_queue_pop(
    struct tcpstore_client *client, struct tcpstore_span key, int32_t timeout_ms,
    struct tcpstore_error *error, struct tcpstore_value *ret_value);

/* Removes the oldest entry without waiting. TCPSTORE_ENOKEY: the queue is empty. */
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_queue_pop_now(
    struct tcpstore_client *client, struct tcpstore_span key, struct tcpstore_error *error,
    struct tcpstore_value *ret_value);

/* Counts the entries of the queue. */
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_queue_len(
    struct tcpstore_client *client, struct tcpstore_span key, struct tcpstore_error *error,
    int64_t *ret_length);

/*
 * Joins the barrier of that key and waits until `world_size` clients, 1 or more, have joined.
 * Use a key once: the count stays, and clients that join later pass immediately. A client that
 * times out or is cancelled no longer counts.
 *
 * As in PyTorch, there are two kinds, which do not see each other. A handle from
 * tcpstore_client_connect joins the barrier of a TCPStore. A handle from tcpstore_client_prefix
 * joins that of a PrefixStore, which counts under "<key>/num_members" and waits for
 * "<key>/last_member". A PyTorch rank that times out at the second kind stays counted.
 */
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_barrier(
    struct tcpstore_client *client, struct tcpstore_span key, int64_t world_size,
    int32_t timeout_ms, struct tcpstore_error *error);

/* Counts this process as a worker and waits until `world_size`, 1 or more, are counted. Call it
 * once per process. As PyTorch's TCPStore(…, wait_for_workers=True) does, it counts in the key
 * `init/`, without any prefix; in PyTorch, only the process with the server waits.
 * TCPSTORE_ENOTANUMBER: the key holds something else. */
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_wait_for_workers(
    struct tcpstore_client *client, int64_t world_size, int32_t timeout_ms,
    struct tcpstore_error *error);

/*
 * Batches: many operations that do not wait, sent together in one round trip. They take effect
 * in order; operations of other clients may come in between. Only one thread at a time may use
 * a batch.
 */
struct tcpstore_batch;

/* Creates an empty batch for keys of this handle, which must outlive it. TCPSTORE_ENOMEM. */
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_batch_new(
    struct tcpstore_client *client, struct tcpstore_error *error,
    struct tcpstore_batch **ret_batch);

/* Each adds one operation; keys and values are copied. TCPSTORE_ENOMEM, TCPSTORE_EINVAL; after
 * an error the batch is unchanged. */
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_batch_ping(struct tcpstore_batch *batch, struct tcpstore_error *error);
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_batch_set(
    struct tcpstore_batch *batch, struct tcpstore_span key, struct tcpstore_span value,
    struct tcpstore_error *error);
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_batch_compare_set(
    struct tcpstore_batch *batch, struct tcpstore_span key, struct tcpstore_span expected,
    struct tcpstore_span desired, struct tcpstore_error *error);
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_batch_get(
    struct tcpstore_batch *batch, struct tcpstore_span key, struct tcpstore_error *error);
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_batch_add(
    struct tcpstore_batch *batch, struct tcpstore_span key, int64_t delta,
    struct tcpstore_error *error);
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_batch_append(
    struct tcpstore_batch *batch, struct tcpstore_span key, struct tcpstore_span value,
    struct tcpstore_error *error);
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_batch_check(
    struct tcpstore_batch *batch, const struct tcpstore_span *keys, size_t count,
    struct tcpstore_error *error);
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_batch_delete(
    struct tcpstore_batch *batch, struct tcpstore_span key, struct tcpstore_error *error);
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_batch_queue_push(
    struct tcpstore_batch *batch, struct tcpstore_span key, struct tcpstore_span value,
    struct tcpstore_error *error);
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_batch_queue_pop(
    struct tcpstore_batch *batch, struct tcpstore_span key, struct tcpstore_error *error);
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_batch_queue_len(
    struct tcpstore_batch *batch, struct tcpstore_span key, struct tcpstore_error *error);

/* The answer to one operation of a batch. */
struct tcpstore_result {
    /* ADD: the sum. CHECK: 1 if all keys exist, else 0. DELETE_KEY: 1 if the key existed, else
     * 0. QUEUE_LEN: the length. QUEUE_POP: the length before the pop. Otherwise 0. */
    int64_t number;

    /* GET: the value, empty if the key is missing. COMPARE_SET: as tcpstore_compare_set.
     * QUEUE_POP: the entry, empty if there was none. Otherwise empty. Valid until the batch is
     * run again, cleared or freed. */
    struct tcpstore_span value;
};

/* How many operations the batch has. */
TCPSTORE_EXPORT size_t tcpstore_batch_count(const struct tcpstore_batch *batch);

/* Sends all operations and collects the answers, within `timeout_ms` in all. The batch keeps
 * its operations and can be run again. After an error there are no results, and some operations
 * may have taken effect. */
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_batch_run(
    struct tcpstore_batch *batch, int32_t timeout_ms, struct tcpstore_error *error);

/* Called with the answer to the `index`th operation. *result and its value are valid until it
 * returns. It must not use the batch or any handle on the same connection. */
typedef void tcpstore_result_fn(
    void *context, size_t index, const struct tcpstore_result *result);

/* As tcpstore_batch_run, for answers that together would take too much memory: passes each to
 * `visit` as soon as it is complete, in order, and then frees it. Only one answer, and what the
 * connection has read ahead, takes memory at a time. Operations without an answer are not
 * visited, and tcpstore_batch_result has no results afterwards. `timeout_ms` counts for each
 * answer, which may take up to twice as long; a slow `visit` causes no timeout. After an error,
 * some answers may already have been visited. */
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_batch_run_each(
    struct tcpstore_batch *batch, int32_t timeout_ms, tcpstore_result_fn *visit, void *context,
    struct tcpstore_error *error);

/* The answer to the `index`th operation of the last run. TCPSTORE_EINVAL: no such operation;
 * TCPSTORE_ESTATE: the batch has not been run, or the run failed. */
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_batch_result(
    const struct tcpstore_batch *batch, size_t index, struct tcpstore_result *ret_result);

/* Removes all operations and answers. */
TCPSTORE_EXPORT void tcpstore_batch_clear(struct tcpstore_batch *batch);

/* Frees a batch. NULL is fine. */
TCPSTORE_EXPORT void tcpstore_batch_free(struct tcpstore_batch *batch);

#ifdef __cplusplus
}
#endif

#endif
