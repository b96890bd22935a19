/* Accepts clients on a set of listening sockets and closes those from hosts that are not
 * allowed. Call its functions on the loop's thread, except where noted. */
#ifndef SERVER_ACCEPTOR_H
#define SERVER_ACCEPTOR_H

#include <uv.h>

#include <tcpstore/error.h>

#include "base/memory.h"
#include "server/address.h"
#include "server/allow_list.h"
#include "server/client_log.h"
#include "server/listen_sockets.h"
#include "server/turns.h"

struct acceptor_events {
    /* A client has connected. `fd` is its non-blocking socket, which the callee must close.
     * `local`: the client runs on this host. The numbers 0 to 2 are taken (descriptors_hold).
     */
    void (*accepted)(void *context, int fd, const union address *peer, bool local);

    /* The system has no descriptor or memory for another client: `error` is the errno.
     * Accepting pauses for a second, or until acceptor_resume. Called once until accepting
     * succeeds again. */
    void (*exhausted)(void *context, int error);
};

/* A socket's watcher. Accepting takes turns, so that a rush of clients delays no others. */
struct listener {
    uv_poll_t poll;
    struct turn turn;
};

struct acceptor {
    uv_loop_t *loop;
    struct turns *turns;
    struct client_log *log;
    const struct allow_list *allowed;
    const struct acceptor_events *events;
    void *context;

    struct listen_sockets sockets;
    struct listener *listeners; /* one for each socket */
    size_t listener_count;      /* those that the loop knows */
    uv_timer_t retry_timer;
    bool failed; /* accept has failed and no queue has been emptied since */
};

/* Borrows `turns`, `log`, `allowed`, `events` and `context`. Listens nowhere yet. */
void acceptor_init(
    struct acceptor *acceptor, uv_loop_t *loop, struct turns *turns, struct client_log *log,
    const struct allow_list *allowed, const struct acceptor_events *events, void *context);

/* Opens a socket for each of `addresses`, as listen_sockets_open. Clients can connect from now
 * on; they are accepted after acceptor_start. */
TCPSTORE_MUST_USE
int acceptor_listen(
    struct acceptor *acceptor, const char *const *addresses, size_t count, uint16_t port,
    struct tcpstore_error *error);

/* Likewise, on the addresses of another acceptor. It may be called again after an error. */
TCPSTORE_MUST_USE
int acceptor_listen_beside(
    struct acceptor *acceptor, const struct acceptor *other, uint16_t port,
    struct tcpstore_error *error);

/* Likewise, on a socket that is bound already: as listen_sockets_adopt. */
TCPSTORE_MUST_USE
int acceptor_adopt(
    struct acceptor *acceptor, int fd, uint16_t port, struct tcpstore_error *error);

/* Likewise, on a socket that listens already: as listen_sockets_take. */
TCPSTORE_MUST_USE
int acceptor_take(
    struct acceptor *acceptor, int fd, const char *text, struct tcpstore_error *error);

/* Whether there is memory to watch its sockets; without, libuv aborts in acceptor_start. It
 * reserves nothing. */
bool acceptor_can_watch(const struct acceptor *acceptor, struct memory *memory);

/* Accepts from now on. TCPSTORE_ESYSTEM. */
TCPSTORE_MUST_USE
int acceptor_start(struct acceptor *acceptor, struct tcpstore_error *error);

/* Accepts again if accepting has paused: a descriptor may be free. */
void acceptor_resume(struct acceptor *acceptor);

/* Closes the sockets. The acceptor's memory is in use until the loop has run. */
void acceptor_close(struct acceptor *acceptor);

void acceptor_done(struct acceptor *acceptor);

#endif
