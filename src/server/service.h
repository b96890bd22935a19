/*
 * Serves clients. What one callback does for a client is bounded by a turn (server/turns.h).
 * What it has not done then waits for the client's next turn: requests, reading, writing the
 * backlog, leaving the engine, freeing. Call its functions on the loop's thread.
 */
#ifndef SERVER_SERVICE_H
#define SERVER_SERVICE_H

#include "server/client.h"

/* `timeout_ms` is for VALIDATE, and for a refused client to read its replies. TCPSTORE_ENOMEM;
 * call service_close and service_done even then. */
TCPSTORE_MUST_USE
int service_init(
    struct service *service, const struct service_config *config, uint64_t timeout_ms);

/* No client may be opened afterwards. */
void service_close(struct service *service);

/* Call it when the loop has run after service_close, and no client is left. */
void service_done(struct service *service);

/* Opens a client on the connected socket `fd`. It is not served yet; the owner sets `peer`,
 * `is_guest` and `link`. Returns libuv's error; then `fd` is still the caller's. */
TCPSTORE_MUST_USE
int service_open(struct service *service, int fd, struct memory *memory, struct client *client);

/* The same on a stream that is open and has no owner yet; it cannot fail. */
void service_adopt(
    struct service *service, struct stream *stream, struct memory *memory,
    struct client *client);

/* Serves the client from now on. */
void service_start(struct client *client);

/* Disconnects the client, or goes on with what is left to do for one that is disconnected. When
 * all is done, now or when the loop runs, `gone` is called. */
void service_end(struct client *client);

#endif
