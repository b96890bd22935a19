/*
 * A client of a TCPStore server: of tcpstored, or of the one inside PyTorch.
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
 * Keys are those of PyTorch's users: the key "k" here is the key "k" of a PyTorch TCPStore on
 * the same server, and the key "k" of tcpstore_client_prefix(…, "job", …) is that of
 * PrefixStore("job", …).
 *
 * Threads. A handle may be used by any number of threads. It is one connection with one
 * operation at a time, so a thread whose operation waits holds up the others; their deadlines
 * count meanwhile. tcpstore_client_clone opens another connection.
 *
 * Outputs, named ret_…, come last. A function that fails sets them to NULL, zero or false, so
 * that what they hold can be freed either way.
 *
 * Errors. Each function that takes an `error` returns 0, or one of the codes and fills in
 * `error` with a text such as "wait for /rank_7 at head:29500 timed out after 30.0 s". Apart
 * from those listed at the function, each can return
 *
 *   TCPSTORE_ENOMEM       out of memory; nothing was sent
 *   TCPSTORE_EINVAL       a key, a value or a number is out of range; nothing was sent
 *   TCPSTORE_ETIMEDOUT    the deadline has passed; see TCPSTORE_TIMEOUT
 *   TCPSTORE_ECANCELED    cancel_fd of the options was readable; what then happens stands there
 *   TCPSTORE_ELOST        the connection is lost, now or since an earlier operation
 *   TCPSTORE_EPROTOCOL    no TCPStore server answers like that; the connection is lost
 *   TCPSTORE_EANSWERSIZE  the answer exceeds `answer_bytes_max` of the options; the connection
 *                         is lost
 *
 * When the connection is lost, the operation may have taken effect or not, and is never sent
 * again by itself: look at the store, after tcpstore_client_reconnect, where that matters.
 * A server closes the connection of a client whose request it refuses (an ADD on a value that
 * is no number, a limit that is met): that, too, is TCPSTORE_ELOST, and its log says why.
 *
 * There is no global state, no signal is raised or handled, and no thread is made. A program
 * may close its standard streams: no socket gets descriptor 0, 1 or 2.
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

/* The longest timeout, in ms; longer ones count as this: some 24 days. */
#define TCPSTORE_TIMEOUT_MAX INT32_MAX

/* As a timeout: that of the options. */
#define TCPSTORE_TIMEOUT (-1)

/* Bytes of the caller's. */
struct tcpstore_span {
    const void *bytes; /* may be NULL if there are none */
    size_t size;       /* in bytes */
};

/* These bytes, which are not copied. */
TCPSTORE_EXPORT struct tcpstore_span tcpstore_bytes(const void *bytes, size_t size);

/* Those of a text without its terminator, likewise. */
TCPSTORE_EXPORT struct tcpstore_span tcpstore_text(const char *text);

/* Bytes from the library, the caller's to free. A null byte, not counted, follows them. */
struct tcpstore_value {
    void *bytes; /* NULL once freed */
    size_t size; /* in bytes */
};

/* A value of all zero, or one that was freed, is fine. */
TCPSTORE_EXPORT void tcpstore_value_free(struct tcpstore_value *value);

/* Frees an array of `count` values and the values in it. NULL is fine. */
TCPSTORE_EXPORT void tcpstore_values_free(struct tcpstore_value *values, size_t count);

/* What a client is made from; tcpstore_client_options_init first. */
struct tcpstore_client_options {
    /* A name, or a numeric IPv4 or IPv6 address; default "127.0.0.1". Every address of a name
     * is tried in turn. Copied. */
    const char *host;

    uint16_t port; /* from 1; default 29500 */

    /* How long to try to connect, in ms, from 0; default 300,000. After a failure the next try
     * follows in 10 ms to 1 s, later each time, with jitter. One address gets at most 10 s of
     * it at a time, and a fair share where there are several. 0: each address once. Looking the
     * name up cannot be interrupted, and may take longer. */
    int32_t connect_timeout_ms;

    /* Asked after each round over all addresses that has failed, by the thread that connects:
     * false gives up at once. `reason` is that of the last address, such as "connection
     * refused", and valid during the call, which must not use the client. NULL, the default,
     * tries until connect_timeout_ms has passed. Clones and reconnecting ask it, too. */
    bool (*keep_trying)(void *context, const char *reason);
    void *keep_trying_context;

    /* How long an operation may take where its call says TCPSTORE_TIMEOUT or takes no timeout,
     * in ms, from 0; default 300,000, PyTorch's. */
    int32_t timeout_ms;

    /* What stands in front of every key on the wire; default "/", PyTorch's; "" makes the keys
     * those of the wire. Copied. */
    const char *key_prefix;

    /* The most memory that the answer to an operation, or all answers to a batch, may take, in
     * bytes, from 1; default 2 GiB, which holds the longest reply that tcpstored sends with its
     * default limits. Each value or key in the answer counts with its size and 64 bytes for
     * its bookkeeping. An answer that announces more is refused before it is read. */
    size_t answer_bytes_max;

    /* Cancels operations: while this descriptor is readable, an operation that would block
     * fails with TCPSTORE_ECANCELED. Default -1: there is none. Create it with eventfd or pipe,
     * write to it from another thread or a signal handler, and read it empty before the next
     * operation. It stays the caller's, and must stay open until the last handle is freed.
     *
     * A wait is cancelled at the server, as if its time were up, and the connection can still
     * be used. Any other operation has been sent already: the connection is given up, and the
     * operation may have taken effect or not. The read or the pop behind a wait that was
     * satisfied is not cancelled, so that no entry is lost. Connecting is cancelled, too. */
    int cancel_fd;
};

struct tcpstore_client;

/* Fills in the defaults. */
TCPSTORE_EXPORT void tcpstore_client_options_init(struct tcpstore_client_options *options);

/*
 * Connects, validates and pings. The handle is to be freed with tcpstore_client_free.
 *
 * TCPSTORE_EINVAL     the port is 0, or a timeout is below 0
 * TCPSTORE_ECONNECT   no connection within the time; the text has the last reason
 * TCPSTORE_ECANCELED  cancel_fd was readable
 * TCPSTORE_EPROTOCOL  something else than a TCPStore server answers there
 */
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_client_connect(
    const struct tcpstore_client_options *options, struct tcpstore_error *error,
    struct tcpstore_client **ret_client);

/* Another connection to the same server, with the same options and prefix. Errors as
 * tcpstore_client_connect. */
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_client_clone(
    struct tcpstore_client *client, struct tcpstore_error *error,
    struct tcpstore_client **ret_client);

/*
 * Another handle on the same connection, with `name` and a "/" added to what stands in front
 * of its keys, as PrefixStore does; nests. It is to be freed by itself; the connection is
 * closed with its last handle. `name` is copied. TCPSTORE_ENOMEM.
 */
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_client_prefix(
    struct tcpstore_client *client, const char *name, struct tcpstore_error *error,
    struct tcpstore_client **ret_client);

/* Connects again, with the options' time, if the connection is lost, for all handles on it;
 * does nothing otherwise. Errors as tcpstore_client_connect. */
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_client_reconnect(struct tcpstore_client *client, struct tcpstore_error *error);

/* "head:29500", or "[::1]:29500"; as long as the handle lives. */
TCPSTORE_EXPORT const char *tcpstore_client_server(const struct tcpstore_client *client);

/* No other thread may be using this handle. NULL is fine. */
TCPSTORE_EXPORT void tcpstore_client_free(struct tcpstore_client *client);

/*
 * Operations. One that waits takes `timeout_ms`: from 0, or TCPSTORE_TIMEOUT. When the time is
 * up, the wait is cancelled at the server, and the connection goes on. Where a server does not
 * answer even that, or not a request that waits for nothing, the connection is given up:
 * TCPSTORE_ETIMEDOUT now, and TCPSTORE_ELOST afterwards.
 *
 * A deadline ends an operation even if the server still sends, or still takes what is sent. A
 * request that cancels a wait, and one that follows it, such as the GET of tcpstore_get, may
 * each take as long as the timeout, but at least 1 s and at most 5 s, so that a wait can
 * succeed at the last moment. So an operation of 1 s ends within 3 s, and one of 300 s within
 * 310 s, whatever the server does.
 */

/* The server answers. */
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_ping(struct tcpstore_client *client, struct tcpstore_error *error);

/* Has no answer: returns once the request is handed to the kernel, and what went wrong with it
 * shows at the next operation. Likewise append, multi_set and queue_push. */
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_set(
    struct tcpstore_client *client, struct tcpstore_span key, struct tcpstore_span value,
    struct tcpstore_error *error);

/* Stores `desired` if the value is `expected`, or if there is none and `expected` is empty.
 * *ret_value is what is stored afterwards; or `expected`, if there was no such key. */
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_compare_set(
    struct tcpstore_client *client, struct tcpstore_span key, struct tcpstore_span expected,
    struct tcpstore_span desired, struct tcpstore_error *error,
    struct tcpstore_value *ret_value);

/* Waits for the key, then reads it. A queue of that name that holds an entry satisfies the
 * wait, too, and reads as an empty value: tcpstore_queue_len tells. Likewise get_now and
 * multi_get. */
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_get(
    struct tcpstore_client *client, struct tcpstore_span key, int32_t timeout_ms,
    struct tcpstore_error *error, struct tcpstore_value *ret_value);

/* Reads the key as it is now. TCPSTORE_ENOKEY: there is none. */
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_get_now(
    struct tcpstore_client *client, struct tcpstore_span key, struct tcpstore_error *error,
    struct tcpstore_value *ret_value);

/* Adds to a counter, which is a decimal under the key; a missing one counts as 0. */
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_add(
    struct tcpstore_client *client, struct tcpstore_span key, int64_t delta,
    struct tcpstore_error *error, int64_t *ret_sum);

/* Appends to the value; a missing one counts as empty. Has no answer, as tcpstore_set. */
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_append(
    struct tcpstore_client *client, struct tcpstore_span key, struct tcpstore_span value,
    struct tcpstore_error *error);

/* Whether all of the keys are there. */
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_check(
    struct tcpstore_client *client, const struct tcpstore_span *keys, size_t count,
    struct tcpstore_error *error, bool *ret_ready);

/* Until all of the keys have been there. */
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_wait(
    struct tcpstore_client *client, const struct tcpstore_span *keys, size_t count,
    int32_t timeout_ms, struct tcpstore_error *error);

/* *ret_deleted: whether there was such a key. */
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_delete(
    struct tcpstore_client *client, struct tcpstore_span key, struct tcpstore_error *error,
    bool *ret_deleted);

/* Waits for all of the keys, then reads them at one moment. *ret_values has `count` values,
 * for tcpstore_values_free. */
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_multi_get(
    struct tcpstore_client *client, const struct tcpstore_span *keys, size_t count,
    int32_t timeout_ms, struct tcpstore_error *error, struct tcpstore_value **ret_values);

/* Sets all of the keys, at one moment with tcpstored. Has no answer, as tcpstore_set. */
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_multi_set(
    struct tcpstore_client *client, const struct tcpstore_span *keys,
    const struct tcpstore_span *values, size_t count, struct tcpstore_error *error);

/* How many keys the server holds, whatever their prefix. */
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_num_keys(
    struct tcpstore_client *client, struct tcpstore_error *error, int64_t *ret_count);

/* The keys that begin with the handle's prefix, without it, in no order. For
 * tcpstore_values_free. */
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_list_keys(
    struct tcpstore_client *client, struct tcpstore_error *error,
    struct tcpstore_value **ret_keys, size_t *ret_count);

/* Queues are apart from keys; but waiting for a key is also satisfied by a queue of that name
 * that holds an entry. */
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_queue_push(
    struct tcpstore_client *client, struct tcpstore_span key, struct tcpstore_span value,
    struct tcpstore_error *error);

/* Waits for an entry and takes the oldest. Of several clients that wait one gets it, the
 * others wait on. */
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_queue_pop(
    struct tcpstore_client *client, struct tcpstore_span key, int32_t timeout_ms,
    struct tcpstore_error *error, struct tcpstore_value *ret_value);

/* TCPSTORE_ENOKEY: the queue is empty. */
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_queue_pop_now(
    struct tcpstore_client *client, struct tcpstore_span key, struct tcpstore_error *error,
    struct tcpstore_value *ret_value);

/* How many entries the queue holds. */
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_queue_len(
    struct tcpstore_client *client, struct tcpstore_span key, struct tcpstore_error *error,
    int64_t *ret_length);

/*
 * Until `world_size` clients, from 1, have come to the barrier of that key. Use a key once: the
 * count stays, and whoever comes later passes at once. Who gives up no longer counts.
 *
 * As in PyTorch there are two kinds, which do not meet each other: that of a TCPStore, for a
 * handle from tcpstore_client_connect, and that of a PrefixStore, for one from
 * tcpstore_client_prefix, which keeps its count under "<key>/num_members" and waits for
 * "<key>/last_member". A PyTorch rank that gives up on the second kind stays counted.
 */
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_barrier(
    struct tcpstore_client *client, struct tcpstore_span key, int64_t world_size,
    int32_t timeout_ms, struct tcpstore_error *error);

/* Counts this process in, as PyTorch's TCPStore(…, wait_for_workers=True) does, under its key
 * `init/`, which no prefix changes, and waits until `world_size`, from 1, have; among PyTorch's
 * own, only the one that holds the server waits. Once a process. TCPSTORE_ENOTANUMBER: the key
 * holds something else. */
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_wait_for_workers(
    struct tcpstore_client *client, int64_t world_size, int32_t timeout_ms,
    struct tcpstore_error *error);

/*
 * Batches: many operations, none of which waits, that travel together and cost one round trip.
 * They take effect in order; those of others may come in between. A batch belongs to one
 * thread at a time.
 */
struct tcpstore_batch;

/* Empty, of this handle's keys; the handle must outlive it. TCPSTORE_ENOMEM. */
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_batch_new(
    struct tcpstore_client *client, struct tcpstore_error *error,
    struct tcpstore_batch **ret_batch);

/* Each adds one operation; keys and values are copied. TCPSTORE_ENOMEM, TCPSTORE_EINVAL, and
 * then the batch is as it was. */
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

/* What an operation was answered. */
struct tcpstore_result {
    /* ADD: the sum; CHECK: 1 all are there, 0 not; DELETE_KEY: 1 there was one, 0 not;
     * QUEUE_POP, QUEUE_LEN: the length, before the pop. Otherwise 0. */
    int64_t number;

    /* GET: the value, empty if there is no such key; COMPARE_SET: as tcpstore_compare_set;
     * QUEUE_POP: the entry, empty if there was none. Otherwise empty. Valid until the batch is
     * run again, cleared or freed. */
    struct tcpstore_span value;
};

/* How many operations it holds. */
TCPSTORE_EXPORT size_t tcpstore_batch_count(const struct tcpstore_batch *batch);

/* Sends all of them and collects the answers, within `timeout_ms` altogether. The batch stays
 * as it is, and can be run again. After an error there are no results, and part of the
 * operations may have taken effect. */
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_batch_run(
    struct tcpstore_batch *batch, int32_t timeout_ms, struct tcpstore_error *error);

/* Is given the answer to the `index`th operation. *result and its value are valid until it
 * returns. It must not use the batch, nor any handle on the same connection. */
typedef void tcpstore_result_fn(
    void *context, size_t index, const struct tcpstore_result *result);

/* As tcpstore_batch_run, for answers that together would take too much memory: each is handed
 * to `visit` as soon as it is whole, in order, and then freed; so no more than one, and what
 * the connection has read ahead, takes memory at a time. Operations without an answer are not
 * visited, and tcpstore_batch_result has nothing afterwards. It is the next answer that has
 * `timeout_ms`, or up to twice that; a slow `visit` does no harm. After an error, the answers
 * to the first operations may have been handed out. */
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_batch_run_each(
    struct tcpstore_batch *batch, int32_t timeout_ms, tcpstore_result_fn *visit, void *context,
    struct tcpstore_error *error);

/* The answer to the `index`th operation of the last run. TCPSTORE_EINVAL: there is no such
 * operation; TCPSTORE_ESTATE: the batch has not been run, or without success. */
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_batch_result(
    const struct tcpstore_batch *batch, size_t index, struct tcpstore_result *ret_result);

/* Empties it. */
TCPSTORE_EXPORT void tcpstore_batch_clear(struct tcpstore_batch *batch);

/* NULL is fine. */
TCPSTORE_EXPORT void tcpstore_batch_free(struct tcpstore_batch *batch);

#ifdef __cplusplus
}
#endif

#endif
