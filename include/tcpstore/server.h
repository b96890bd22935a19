/*
 * A TCPStore server to embed in a program.
 *
 * It speaks the wire protocol of PyTorch's c10d::TCPStore (docs/PROTOCOL.md), so that
 * unmodified PyTorch processes can use it as their store. A process can have any number of
 * servers, which share nothing. A program may close its standard streams: a server never uses
 * descriptors 0 to 2.
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

/* How many clients on this host can connect beyond the limit on clients. */
#define TCPSTORE_GUESTS 4

/* Limits. A client that exceeds one is disconnected, and the limit is logged with its value;
 * other clients are not affected. The default limits on keys, values and key counts are those
 * of PyTorch's server. */
struct tcpstore_limits {
    /* Size of a key, in bytes; 1 to 65,535; default 8 KiB. */
    size_t key_bytes;

    /* Size of a value in a request, in bytes; 1 to 1 GiB; default 8 MiB. Several APPENDs can
     * make a longer value, as with PyTorch's server, up to output_hard_cap - 2 *
     * output_high_water - 1 KiB: a longer one could not be sent. */
    size_t value_bytes;

    /* Keys in one CHECK, WAIT, MULTI_GET or MULTI_SET; 1 to 2^32 - 1; default 128 Ki. */
    size_t keys_per_request;

    /* Memory for keys, values and clients, in bytes; 1 MiB or more; default 8 GiB. Half of it,
     * at most 64 MiB, is a reserve for clients on this host, which can still connect to a full
     * store, read and delete. Nothing is stored in the reserve. */
    size_t memory_bytes;

    /* Clients connected at the same time; 1 or more; default 1 Mi. TCPSTORE_GUESTS more can
     * connect from this host: from a loopback address, or from the address they connect to. */
    size_t clients;

    /* Entries in one queue; 1 or more; default 1 Mi. */
    size_t queue_entries;

    /* Time from a client's connection to its VALIDATE, in ms; 1 or more; default 30,000. */
    uint32_t validate_ms;

    /* Unsent replies of one client, in bytes. At the high-water mark the server stops reading
     * from the client until they are fewer; past the hard cap it disconnects the client. The
     * mark is 1 or more; the cap is 2 * output_high_water + value_bytes + 1 KiB or more, so
     * that every value can be sent behind other replies; default 1 MiB and 1 GiB. */
    size_t output_high_water;
    size_t output_hard_cap;
};

/* The severity of an event. */
enum tcpstore_log_level {
    TCPSTORE_LOG_DEBUG, /* clients connect and disconnect */
    TCPSTORE_LOG_INFO,  /* connection errors, and choices made while starting */
    TCPSTORE_LOG_WARN,  /* a client was refused or cannot be served */
    TCPSTORE_LOG_ERROR, /* not used yet */
};

/* Gets one event as a line of `key=value` words without a newline. The first word is `event=…`;
 * values with other than plain characters are quoted and escaped. `line` is valid during the
 * call. Called on the thread that runs the server, or that is inside tcpstore_server_new or
 * tcpstore_server_free; no client is served until it returns.
 *
 * Above TCPSTORE_LOG_DEBUG, clients of one network (/24 of IPv4, /64 of IPv6) cause at most ten
 * lines for one event and reason in a row, and then one every 10 s; `suppressed=…` counts the
 * lines omitted since the previous one. */
typedef void tcpstore_log_fn(void *context, enum tcpstore_log_level level, const char *line);

/* The options of a server; call tcpstore_server_options_init first. */
struct tcpstore_server_options {
    /* Numeric IPv4 or IPv6 addresses to listen on; names are not resolved. `::` means every
     * interface for both families, or `0.0.0.0` on a host without IPv6; `0.0.0.0` means every
     * interface for IPv4. An address that is repeated, or that one of these two includes, gets
     * no separate socket. A link-local address needs its interface: "fe80::1%eth0".
     * "::ffff:10.0.0.7" means 10.0.0.7. An empty list means `::`. Only read during
     * tcpstore_server_new. */
    const char *const *addresses;
    size_t address_count;

    /* Networks that clients may connect from, such as "10.0.0.0/8", "fd00::/8" or a single
     * address; all others are disconnected. Clients on this host are not exempt; allow
     * 127.0.0.0/8 and ::1 as well. An empty list allows every host. Only read during
     * tcpstore_server_new. */
    const char *const *allowed;
    size_t allowed_count;

    /* Port to listen on, the same for all addresses; 0 picks a free one. With `listen_fd`: the
     * port that it must have, or 0 for any. */
    uint16_t port;

    /* A bound TCP socket to serve on instead of `addresses`, or -1. It need not be listening.
     * Once tcpstore_server_new has returned 0, the server owns it and will close it; if that
     * fails, the socket is untouched. */
    int listen_fd;

    struct tcpstore_limits limits; /* copied */

    tcpstore_log_fn *log;              /* NULL: no log */
    void *log_context;                 /* passed to `log` */
    enum tcpstore_log_level log_level; /* lower events are not formatted */
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
 * Binds and listens. Clients can connect from now on and are served once the server runs. Free
 * the server with tcpstore_server_free; *ret_server is NULL after an error.
 *
 * TCPSTORE_EINVAL         an address is not numeric, is a multicast or broadcast one, or lacks
 *                         its interface; a network is malformed; a limit is out of range;
 *                         or `listen_fd` is not a bound TCP socket
 * TCPSTORE_EADDRINUSE     another socket has this address and port
 * TCPSTORE_EADDRNOTAVAIL  this machine does not have the address
 * TCPSTORE_EACCESS        the port is privileged
 * TCPSTORE_EPORTMISMATCH  `listen_fd` is bound to another port than `port`
 * TCPSTORE_ENOMEM
 * TCPSTORE_ESYSTEM        fewer than ten more files can be opened, an IPv6 address on a host
 *                         without IPv6, or another failure of the system
 */
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_server_new(
    const struct tcpstore_server_options *options, struct tcpstore_error *error,
    struct tcpstore_server **ret_server);

/* The port that it listens on. Any thread. */
TCPSTORE_EXPORT uint16_t tcpstore_server_port(const struct tcpstore_server *server);

/* How many sockets it listens on, 1 or more; each has an address. Any thread. */
TCPSTORE_EXPORT size_t tcpstore_server_address_count(const struct tcpstore_server *server);

/* The address of one of them, such as "127.0.0.1:29500" or "[::1]:29500"; valid until the
 * server is freed. NULL if `index` is not below the count. Any thread. */
TCPSTORE_EXPORT const char *tcpstore_server_address(
    const struct tcpstore_server *server, size_t index);

/* Whether only this host can reach it: all its addresses are loopback. Any thread. */
TCPSTORE_EXPORT bool tcpstore_server_is_local(const struct tcpstore_server *server);

/*
 * Serves in the calling thread until tcpstore_server_stop, then disconnects all clients and
 * returns 0. Runs once: TCPSTORE_ESTATE on a second call or after start. SIGPIPE is blocked in
 * the calling thread during the call.
 */
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_server_run(struct tcpstore_server *server, struct tcpstore_error *error);

/*
 * Serves in a new thread named "tcpstore", which blocks all signals, and returns immediately.
 * TCPSTORE_ESTATE on a second call or after run; TCPSTORE_ESYSTEM if the thread cannot be
 * created.
 */
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_server_start(struct tcpstore_server *server, struct tcpstore_error *error);

/* Asks the server to stop and returns immediately. Any thread, any number of times, and in
 * signal handlers. Before run or start, it makes them stop immediately. */
TCPSTORE_EXPORT void tcpstore_server_stop(struct tcpstore_server *server);

/* Stops the server's thread, waits until it exits, and frees everything. Not while another
 * thread is inside tcpstore_server_run, and not in the log callback. NULL is fine.
 *
 * With libuv 1.45 and later, which may use io_uring, the next blocking call of the calling
 * thread, such as recv, can fail once with EINTR without a signal. Repeat the call, as after a
 * signal; the functions of client.h do. */
TCPSTORE_EXPORT void tcpstore_server_free(struct tcpstore_server *server);

#ifdef __cplusplus
}
#endif

#endif
