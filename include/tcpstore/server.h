/*
 * A TCPStore server, for one's own program.
 *
 * It speaks the wire protocol of PyTorch's c10d::TCPStore (docs/PROTOCOL.md), so
 * that unmodified PyTorch processes can use it as their store. Any number of
 * servers can live in one process; they share nothing. A program may close its standard
 * streams: a server takes none of descriptors 0 to 2.
 *
 *     struct tcpstore_server_options options;
 *     struct tcpstore_server *server;
 *     struct tcpstore_error error;
 *
 *     tcpstore_server_options_init(&options);
 *     options.port = 29500;
 *     if (tcpstore_server_new(&options, &error, &server) ||
 *         tcpstore_server_start(server, &error))
 *         fprintf(stderr, "%s\n", error.text);
 *     else
 *         printf("clients can use port %u\n", (unsigned)tcpstore_server_port(server));
 *     ...
 *     tcpstore_server_free(server);
 */
#ifndef TCPSTORE_SERVER_H
#define TCPSTORE_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tcpstore/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How many clients on this host can connect beyond the limit of clients. */
#define TCPSTORE_GUESTS 4

/* What a server accepts before it refuses. A refusal closes the client that met
 * the limit, is logged with the limit's value, and touches no other client.
 * Key, value and key-count limits are those of PyTorch's server by default. */
struct tcpstore_limits {
    /* Of one key, in bytes; 1 to 65,535; default 8 KiB. */
    size_t key_bytes;

    /* Of one value as it is sent, in bytes; 1 to 1 GiB; default 8 MiB. APPEND can make a longer
     * one of several, as it can with PyTorch's server, up to output_hard_cap less
     * 2 * output_high_water and 1 KiB: a longer one could not be sent. */
    size_t value_bytes;

    /* In one CHECK, WAIT, MULTI_GET or MULTI_SET; 1 to 2^32 - 1; default 128 Ki. */
    size_t keys_per_request;

    /* Of everything held for clients, in bytes; from 1 MiB; default 8 GiB. Half of it, at most
     * 64 MiB, is a reserve for clients on this host: they can connect to a full store, read and
     * delete. Nothing is stored in the reserve. */
    size_t memory_bytes;

    /* Connected at once; from 1; default 1 Mi. TCPSTORE_GUESTS more can connect from this host:
     * from a loopback address, or from the address that they connect to. */
    size_t clients;

    /* In one queue; from 1; default 1 Mi. */
    size_t queue_entries;

    /* From a client's connection to its VALIDATE, in ms; from 1; default 30,000. */
    uint32_t validate_ms;

    /* Bytes of a client's replies that wait to be sent: from the high-water mark on nothing
     * more is read from it until they are fewer, past the hard cap it is closed. The mark is
     * from 1, the cap from 2 * output_high_water + value_bytes + 1 KiB, so that every value
     * can be sent, however many replies wait before it; default 1 MiB and 1 GiB. */
    size_t output_high_water;
    size_t output_hard_cap;
};

/* How much an event matters. */
enum tcpstore_log_level {
    TCPSTORE_LOG_DEBUG, /* clients come and go */
    TCPSTORE_LOG_INFO,  /* how it serves */
    TCPSTORE_LOG_WARN,  /* somebody was refused or cannot be served */
    TCPSTORE_LOG_ERROR, /* none so far */
};

/* Takes one event as a line of `key=value` words, the first of them `event=…`;
 * values with other than plain characters are quoted and escaped. No newline.
 * `line` is valid during the call. Called on the thread that runs the server, or that is
 * inside tcpstore_server_new or tcpstore_server_free: until it returns no client is served.
 *
 * Above TCPSTORE_LOG_DEBUG, clients cause at most ten lines of one event and reason from one
 * network (/24 of IPv4, /64 of IPv6) at once, and then one every 10 s; `suppressed=…` counts
 * those that were left out since the line before. */
typedef void tcpstore_log_fn(void *context, enum tcpstore_log_level level, const char *line);

/* What a server is made from; tcpstore_server_options_init first. */
struct tcpstore_server_options {
    /* Numeric IPv4 or IPv6 addresses to listen on; names are not looked up. `::` is every
     * interface for both families, or `0.0.0.0` where there is no IPv6; `0.0.0.0` is every
     * interface for IPv4. An address that is repeated, or that one of these two includes, gets
     * no socket of its own. A link-local address needs its interface: "fe80::1%eth0".
     * "::ffff:10.0.0.7" means 10.0.0.7. An empty list means `::`. Borrowed during
     * tcpstore_server_new. */
    const char *const *addresses;
    size_t address_count;

    /* The networks whose hosts may connect, as "10.0.0.0/8", "fd00::/8" or an address alone;
     * any other client is closed at once. This host counts as any other: its own clients need
     * 127.0.0.0/8, and ::1. None: every host. Borrowed during tcpstore_server_new. */
    const char *const *allowed;
    size_t allowed_count;

    /* Port to listen on, the same for all addresses; 0 picks a free one. With
     * `listen_fd`: the port it must have, or 0 for any. */
    uint16_t port;

    /* A bound TCP socket to serve on instead of `addresses`, or -1. Its owner need not have
     * called listen(). Owned by the server, and closed by it, as soon as
     * tcpstore_server_new has returned 0; untouched if that fails. */
    int listen_fd;

    struct tcpstore_limits limits; /* copied */

    tcpstore_log_fn *log;              /* NULL: no log */
    void *log_context;                 /* passed to `log` */
    enum tcpstore_log_level log_level; /* events below it are not formatted */
};

struct tcpstore_server;

/* Fills in the defaults: every address, any host, port 0, no socket, default limits, no log. */
TCPSTORE_EXPORT void tcpstore_server_options_init(struct tcpstore_server_options *options);

/* Checks the limits, addresses and networks as tcpstore_server_new does, and opens nothing.
 * Any thread. TCPSTORE_EINVAL, TCPSTORE_ENOMEM. */
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_server_options_check(
    const struct tcpstore_server_options *options, struct tcpstore_error *error);

/*
 * Binds and listens; clients can connect from here on and are served once the
 * server runs. The server is to be freed with tcpstore_server_free; *ret_server is NULL
 * after an error.
 *
 * TCPSTORE_EINVAL         an address is not numeric, is a multicast or broadcast one, or lacks
 *                         its interface; a network is malformed; a limit is out of range;
 *                         or `listen_fd` is not a bound TCP socket
 * TCPSTORE_EADDRINUSE     another socket has the port there
 * TCPSTORE_EADDRNOTAVAIL  the address is not one of this machine's
 * TCPSTORE_EACCESS        a privileged port
 * TCPSTORE_EPORTMISMATCH  `listen_fd` is bound to another port than `port`
 * TCPSTORE_ENOMEM
 * TCPSTORE_ESYSTEM        fewer than ten more files can be opened, there is no IPv6 for an IPv6
 *                         address, or the system refuses something else
 */
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_server_new(
    const struct tcpstore_server_options *options, struct tcpstore_error *error,
    struct tcpstore_server **ret_server);

/* The port listened on. Any thread. */
TCPSTORE_EXPORT uint16_t tcpstore_server_port(const struct tcpstore_server *server);

/* How many sockets it listens on, from 1; each has an address. Any thread. */
TCPSTORE_EXPORT size_t tcpstore_server_address_count(const struct tcpstore_server *server);

/* That of one of them, as "127.0.0.1:29500" or "[::1]:29500"; valid as long as the server;
 * NULL from the count on. Any thread. */
TCPSTORE_EXPORT const char *tcpstore_server_address(
    const struct tcpstore_server *server, size_t index);

/* Whether only this host can reach it: every address is a loopback one. Any thread. */
TCPSTORE_EXPORT bool tcpstore_server_is_local(const struct tcpstore_server *server);

/*
 * Serves in the calling thread until tcpstore_server_stop, then closes every client
 * and returns 0. Runs once: TCPSTORE_ESTATE on a second call or after start.
 * SIGPIPE is blocked in the calling thread for the duration of the call.
 */
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_server_run(struct tcpstore_server *server, struct tcpstore_error *error);

/*
 * Serves in a thread of the server's own, named "tcpstore", which blocks all
 * signals. Returns at once. TCPSTORE_ESTATE on a second call or after run;
 * TCPSTORE_ESYSTEM if there can be no thread.
 */
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_server_start(struct tcpstore_server *server, struct tcpstore_error *error);

/* Asks the server to stop and returns at once. Any thread, any number of times, and
 * from signal handlers; before run or start, it makes them return at once. */
TCPSTORE_EXPORT void tcpstore_server_stop(struct tcpstore_server *server);

/* Stops the server's own thread, waits for its end, and frees everything. Not
 * while another thread is inside tcpstore_server_run, and not from the log
 * callback. NULL is fine.
 *
 * With libuv 1.45 and later, which may use io_uring, the next blocking call of the calling
 * thread, such as recv, can fail with EINTR once although no signal came. Make the call again,
 * as after a signal; the client's functions do. */
TCPSTORE_EXPORT void tcpstore_server_free(struct tcpstore_server *server);

#ifdef __cplusplus
}
#endif

#endif
