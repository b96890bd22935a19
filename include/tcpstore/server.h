/*
 * A TCPStore server to embed in a program.
 *
 * It speaks the wire protocol of PyTorch's c10d::TCPStore (docs/PROTOCOL.md), so unmodified
 * PyTorch processes can use it as their store. A process can have any number of servers; they
 * share nothing. The program may close its standard streams: a server never uses descriptors 0
 * to 2.
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

/* Clients on this host that can connect beyond the limit of clients. */
#define TCPSTORE_GUESTS 4

/* A server's limits. A client that exceeds one is disconnected, which is logged with the
 * limit's value; other clients are not affected. The defaults for keys, values and the number
 * of keys are those of PyTorch's server. */
struct tcpstore_limits {
    /* Bytes of one key; 1 to 65,535; default 8 KiB. */
    size_t key_bytes;

    /* Bytes of one value in a request; 1 to 1 GiB; default 8 MiB. As with PyTorch's server,
     * APPEND can make a longer value out of several, up to output_hard_cap minus
     * 2 * output_high_water and 1 KiB: a longer value could not be sent. */
    size_t value_bytes;

    /* Keys in one CHECK, WAIT, MULTI_GET or MULTI_SET; 1 to 2^32 - 1; default 128 Ki. */
    size_t keys_per_request;

    /* Bytes of everything that is held for clients; from 1 MiB; default 8 GiB. In half of it,
     * at most 64 MiB, nothing is stored: clients can connect to a full store, read, delete and
     * wait. Half of that serves any client, the rest only clients on this host. */
    size_t memory_bytes;

    /* Clients that are connected at the same time; from 1; default 1 Mi. TCPSTORE_GUESTS more
     * can connect from this host: by the Unix socket, from a loopback address, or from the
     * address that they connect to. */
    size_t clients;

    /* Entries of one queue; from 1; default 1 Mi. */
    size_t queue_entries;

    /* Time from connecting to VALIDATE, and for a client to read more of the replies that
     * precede a bad request, in ms; from 1; default 30,000. */
    uint32_t validate_ms;

    /* When the longest wait has lasted this long, in ms, the log says which key it is for and,
     * if the keys show it, which rank; and again each time that it has doubled. 0: never;
     * default 30,000. */
    uint32_t slow_wait_ms;

    /* Bytes of a client's replies that wait to be sent. From the high-water mark on, the server
     * reads nothing more from the client until fewer wait; past the hard cap, it disconnects
     * the client. The mark is from 1, the cap from 2 * output_high_water + value_bytes + 1 KiB,
     * so that every value can be sent, however many replies wait before it; default 1 MiB and
     * 1 GiB. */
    size_t output_high_water;
    size_t output_hard_cap;

    /* Bytes that hold the last operations of all clients, in addition to `memory_bytes`: see
     * tcpstore_server_record. 64 KiB to 4 MiB; 0: none; default 1 MiB, which holds some
     * 17,000 operations on short keys. Values are cleared before anything reads them. */
    size_t record_bytes;
};

/* Severity of an event. */
enum tcpstore_log_level {
    TCPSTORE_LOG_DEBUG, /* clients connect and disconnect */
    TCPSTORE_LOG_INFO,  /* what the server does */
    TCPSTORE_LOG_WARN,  /* a client was refused or cannot be served */
    TCPSTORE_LOG_ERROR, /* not used yet */
};

/* Receives one event as a line of `key=value` words; the first is `event=…`. Text that a
 * client chose is quoted and escaped. The line has no newline and is valid during the call.
 * Called on the thread that runs the server, or that is inside tcpstore_server_new or
 * tcpstore_server_free; no client is served until it returns.
 *
 * Above TCPSTORE_LOG_DEBUG, clients of one network (/24 of IPv4, /64 of IPv6) cause at most ten
 * lines of one event and reason at once, and then one every 10 s; `suppressed=…` counts the
 * lines that were suppressed since the previous one. */
typedef void tcpstore_log_fn(void *context, enum tcpstore_log_level level, const char *line);

/* Receives the record that tcpstore_server_record has asked for: the `size` bytes of a file for
 * `tcpstore-cli trace`, with `entries` operations, connects and disconnects. They are valid
 * during the call. `record` is NULL if nothing is recorded, or without memory for the copy.
 * Called on the thread that runs the server; no client is served until it returns. */
typedef void tcpstore_record_fn(
    void *context, const void *record, size_t size, uint64_t entries);

/* Options of a server. Call tcpstore_server_options_init first. */
struct tcpstore_server_options {
    /* Numeric IPv4 or IPv6 addresses to listen on; names are not looked up. `::` is every
     * interface for both families, or falls back to `0.0.0.0` on a machine without IPv6;
     * `0.0.0.0` is every interface for IPv4. Repeated addresses, and addresses that one of
     * these two includes, share its socket. A link-local address needs its interface, as in
     * "fe80::1%eth0". "::ffff:10.0.0.7" means 10.0.0.7. An empty list means `::`. Borrowed
     * during tcpstore_server_new. */
    const char *const *addresses;
    size_t address_count;

    /* Networks from which clients may connect, as "10.0.0.0/8", "fd00::/8" or a single address;
     * all other clients are disconnected at once. Clients on this host are not exempt: allow
     * 127.0.0.0/8 and ::1 as well. An empty list allows every host. Borrowed during
     * tcpstore_server_new. */
    const char *const *allowed;
    size_t allowed_count;

    /* Port to listen on, the same for all addresses; 0 picks a free one. With `listen_fd`: the
     * port that it must be bound to, or 0 for any. */
    uint16_t port;

    /* A bound TCP socket to serve on instead of `addresses`, or -1. Calling listen() on it is
     * optional. The server owns and closes it once tcpstore_server_new has returned 0; the
     * caller keeps it, unchanged, if that fails. */
    int listen_fd;

    /* A path of up to 107 bytes where the server also listens, as a Unix socket: for clients on
     * this host, and for HTTP if that is on the store's own port. They reach the first store.
     * NULL, the default: none. A socket there on which nobody listens is replaced; any other
     * file is an error. The server removes the file when it stops; a relative path is then
     * looked up again, so do not change the working directory. Borrowed during
     * tcpstore_server_new. */
    const char *unix_path;

    /* The permissions of that file, which alone decide who may connect; `allowed` and
     * `http_allowed` do not apply. A client needs the permission to write. The umask does not
     * apply. 0 to 0777; default 0600: a store can make programs of the job run code, so others
     * have to be let in. */
    uint32_t unix_mode;

    /* The numbers of its user and group; UINT32_MAX, the default: those of the process. Only
     * root may give it to another user, or to a group that the process is not in. */
    uint32_t unix_user;
    uint32_t unix_group;

    /* Whether HTTP is served, which shows what the server does, its clients and keys, and why a
     * job hangs, but changes nothing: docs/HTTP.md. On the store's own port, a client that
     * begins with a capital letter gets HTTP. If false, `http_allowed` and `http_address` must
     * be unset. Default true. */
    bool http;

    /* Networks from which HTTP may be used, as in `allowed`; an empty list: those in `allowed`.
     * Borrowed during tcpstore_server_new. */
    const char *const *http_allowed;
    size_t http_allowed_count;

    /* A numeric address, as in `addresses`, and a port where HTTP is served instead; port 0
     * picks a free one. NULL: on the store's own port. Borrowed during tcpstore_server_new. */
    const char *http_address;
    uint16_t http_port;

    /* TLS 1.3 for `trunk_address` and `upstreams`; both ends prove who they are. NULL, the
     * default: none. Either certificates, in files in PEM: that of this end, with those between
     * it and the authority; its key; the authorities of the other ends. The certificate of a
     * store must be for the host that its relays name. Or a file of shared secrets, as
     * `tcpstored keygen` makes. Others must not be able to read the key and the secrets. The
     * files are read in tcpstore_server_new and by tcpstore_server_reload. Borrowed during
     * tcpstore_server_new. */
    const char *tls_cert;
    const char *tls_key;
    const char *tls_ca;
    const char *secret_file;

    /* Names that may connect to `trunk_address`, in which an asterisk is for any characters.
     * The name of a certificate is its first DNS name, or else its common name; that of a
     * secret is in its file. An empty list: any name that is proven. Borrowed during
     * tcpstore_server_new. */
    const char *const *trunk_allowed;
    size_t trunk_allowed_count;

    /* A numeric address, as in `addresses`, and a port where relays connect, which serve the
     * clients of their nodes; port 0 picks a free one. NULL, the default: no relays. Without
     * TLS, the address must be a loopback address, and `upstreams` on this host, unless
     * `insecure_trunk` is set. Borrowed during tcpstore_server_new. */
    const char *trunk_address;
    uint16_t trunk_port;
    bool insecure_trunk;

    /* A relay whose connection has been lost for so long is forgotten, and its clients have
     * left, in ms; default 30,000. */
    uint32_t relay_timeout_ms;

    /* Stores that the server is a relay of, as "HOST:PORT" of their trunks; a name is looked
     * up. An empty list, the default: it is none. A relay keeps no keys: it passes what its
     * clients send on to one of these stores, and finds it, or another one, again when the
     * connection breaks. With `trunk_address`, other relays can have it as their upstream, up
     * to eight behind one another. Then `once` must be unset.
     * Borrowed during tcpstore_server_new. */
    const char *const *upstreams;
    size_t upstream_count;

    /* Whether HTTP and the log of slow waits name the process of a client on this host, and its
     * rank: from sock_diag(7) and /proc, where that is permitted, and only when HTTP is asked
     * or a wait is logged. Likewise those of relays' clients, which a relay looks for when they
     * have connected. Default true. */
    bool identify;

    /* Whether the server ends when its last client has left, after it has had any. HTTP's, and
     * connections that send nothing, do not count. Default false. */
    bool once;

    /* Further stores are opened by HTTP: PUT /v1/stores/NAME, docs/HTTP.md. Each has keys of
     * its own, and listens on the addresses of the first. The limits of memory and of clients
     * are on all stores together. */

    /* Ports for them, from the first to the last; both 0, the default: any that is free. */
    uint16_t job_first_port;
    uint16_t job_last_port;

    /* A store that has had clients is forgotten once it has had none for so long, in ms; 0: as
     * soon as the last has left; default 60,000. */
    uint32_t job_linger_ms;

    /* How many of them may be open; 0: none can be opened; default 1,000. */
    size_t job_stores_max;

    /* Bytes that one of them may take, of the server's `memory_bytes`, and divided like that;
     * from 1 MiB; default 1 GiB. */
    size_t job_memory_bytes;

    struct tcpstore_limits limits; /* copied */

    tcpstore_log_fn *log;              /* NULL: no log */
    void *log_context;                 /* passed to `log` */
    enum tcpstore_log_level log_level; /* events below it are not formatted */

    tcpstore_record_fn *record; /* NULL: tcpstore_server_record does nothing */
    void *record_context;       /* passed to `record` */
};

struct tcpstore_server;

/* Sets the defaults: every address, any host, port 0, no socket, HTTP on the same port, default
 * limits, no log. */
TCPSTORE_EXPORT void tcpstore_server_options_init(struct tcpstore_server_options *options);

/* Checks the limits, addresses and networks, those of HTTP too, as tcpstore_server_new does,
 * but opens nothing.
 * Any thread. TCPSTORE_EINVAL, TCPSTORE_ENOMEM. */
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_server_options_check(
    const struct tcpstore_server_options *options, struct tcpstore_error *error);

/*
 * Creates a server that listens. Clients can connect from now on and are served once it runs.
 * Free it with tcpstore_server_free. *ret_server is NULL after an error.
 *
 * TCPSTORE_EINVAL         an address is not numeric, is multicast or broadcast, or lacks
 *                         its interface; a network is malformed; a limit is out of range;
 *                         `listen_fd` is not a bound TCP socket; or `unix_path` is too long,
 *                         or is a file that is no socket
 * TCPSTORE_EADDRINUSE     another socket uses the port on that address, or `unix_path`
 * TCPSTORE_EADDRNOTAVAIL  the address is not on this machine
 * TCPSTORE_EACCESS        the port is privileged; or the process may not create `unix_path`, or
 *                         give it to that user and group
 * TCPSTORE_EPORTMISMATCH  `listen_fd` is bound to another port than `port`
 * TCPSTORE_ENOMEM
 * TCPSTORE_ESYSTEM        fewer than twelve more files can be opened; an IPv6 address is given
 * on a machine without IPv6; or another system call fails
 */
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_server_new(
    const struct tcpstore_server_options *options, struct tcpstore_error *error,
    struct tcpstore_server **ret_server);

/* The port that the server listens on. Any thread. */
TCPSTORE_EXPORT uint16_t tcpstore_server_port(const struct tcpstore_server *server);

/* The number of addresses that the server listens on, at least 1. Any thread. */
TCPSTORE_EXPORT size_t tcpstore_server_address_count(const struct tcpstore_server *server);

/* One of these addresses, as "127.0.0.1:29500" or "[::1]:29500"; NULL if `index` is out of
 * range. Valid until the server is freed. Any thread. */
TCPSTORE_EXPORT const char *tcpstore_server_address(
    const struct tcpstore_server *server, size_t index);

/* Where HTTP is served if not on the store's own port, as "127.0.0.1:8080"; else NULL. Valid
 * until the server is freed. Any thread. */
TCPSTORE_EXPORT const char *tcpstore_server_http_address(const struct tcpstore_server *server);

/* Where relays connect, as "127.0.0.1:29600"; NULL: nowhere. Valid until the server is freed.
 * Any thread. */
TCPSTORE_EXPORT const char *tcpstore_server_trunk_address(const struct tcpstore_server *server);

/* `unix_path` of the options; NULL: none. Valid until the server is freed. Any thread. */
TCPSTORE_EXPORT const char *tcpstore_server_unix_path(const struct tcpstore_server *server);

/* Whether only this host can reach the server: every address is a loopback address. Any
 * thread. */
TCPSTORE_EXPORT bool tcpstore_server_is_local(const struct tcpstore_server *server);

/*
 * Serves in the calling thread until tcpstore_server_stop, or until the server ends by itself,
 * then disconnects every client and returns 0. A server runs once: TCPSTORE_ESTATE on a second
 * call or after start. SIGPIPE is blocked in the calling thread during the call.
 */
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_server_run(struct tcpstore_server *server, struct tcpstore_error *error);

/*
 * Starts a thread that serves, named "tcpstore", with all signals blocked, and returns at once.
 * TCPSTORE_ESTATE on a second call or after run; TCPSTORE_ESYSTEM if no thread can be created.
 */
TCPSTORE_EXPORT TCPSTORE_MUST_USE
int tcpstore_server_start(struct tcpstore_server *server, struct tcpstore_error *error);

/* Asks the server to stop and returns at once. Any thread, any number of times, and from signal
 * handlers, until tcpstore_server_free. After a stop before run or start, the server ends as
 * soon as it runs. */
TCPSTORE_EXPORT void tcpstore_server_stop(struct tcpstore_server *server);

/* Asks the server to drain, and returns at once: it refuses new clients, serves the others and
 * HTTP, logs every 10 s who is left, and ends when the last client has left. If the
 * server does not run yet, it drains as soon as it does. Any thread, any number of times, and
 * from signal handlers, until tcpstore_server_free. */
TCPSTORE_EXPORT void tcpstore_server_drain(struct tcpstore_server *server);

/* Asks the server to read the files of its TLS again, and returns at once. Connections that
 * exist go on with what they have; if a file is wrong, the log says so, and new ones do, too.
 * Any thread, any number of times, and from signal handlers, until tcpstore_server_free. */
TCPSTORE_EXPORT void tcpstore_server_reload(struct tcpstore_server *server);

/* Asks for the record of the clients' last operations, and returns at once. The server then
 * calls the `record` of its options, once for several requests in quick succession; not at all
 * if it does not run. Any thread, any number of times, and from signal handlers. */
TCPSTORE_EXPORT void tcpstore_server_record(struct tcpstore_server *server);

/*
 * For handlers of fatal signals: writes the record to the open file `fd`, from any thread,
 * without waiting for the server. Returns how many operations, connects and disconnects it
 * has, or -1 with errno set: ENODATA if nothing is recorded, or the error of write().
 *
 * It calls only write() and clock_gettime(), and clears values in the record itself. If it runs
 * while another thread serves, the file may lack the oldest operations or end early.
 */
TCPSTORE_EXPORT int64_t tcpstore_server_dump(struct tcpstore_server *server, int fd);

/* Stops the server's thread, waits until it exits, and frees everything. Do not call it while
 * another thread is inside tcpstore_server_run, nor from the log callback. NULL is fine.
 *
 * libuv 1.45 and later may use io_uring. With it, the calling thread's next blocking call, such
 * as recv, can fail once with EINTR without a signal. Repeat that call, as after a signal; the
 * client's functions do so. */
TCPSTORE_EXPORT void tcpstore_server_free(struct tcpstore_server *server);

#ifdef __cplusplus
}
#endif

#endif
