/* TLS of a transport: between its bytes and those on its socket. */
#ifndef CLIENT_TLS_TRANSPORT_H
#define CLIENT_TLS_TRANSPORT_H

#include <stdbool.h>

#include "base/span.h"
#include "tls/files.h"

struct tls_transport;

enum tls_progress {
    PROGRESS_DONE,
    PROGRESS_NEEDS_BYTES,
    PROGRESS_LOST, /* tls_transport_reason says why */
};

/*
 * Reads the files. `host` is copied.
 *
 * TCPSTORE_EINVAL  a file is missing, not private, or not what it should be; or this library
 *                  was built without OpenSSL
 * TCPSTORE_ENOMEM
 * TCPSTORE_ESYSTEM OpenSSL cannot be loaded
 */
TCPSTORE_MUST_USE
int tls_transport_new(
    const struct tls_files *files, const char *host, struct tcpstore_error *error,
    struct tls_transport **ret_tls);

/* NULL is fine. */
void tls_transport_free(struct tls_transport *tls);

/* The names of the files that it has read; they live as long as it. */
struct tls_files tls_transport_files(const struct tls_transport *tls);

/* Begins a connection, to be ended by tls_transport_end. TCPSTORE_ENOMEM. */
TCPSTORE_MUST_USE
int tls_transport_begin(struct tls_transport *tls);

/* Ending twice is fine. */
void tls_transport_end(struct tls_transport *tls);

/* Goes on with the handshake. */
enum tls_progress tls_transport_greet(struct tls_transport *tls);

/* Encrypts all of the bytes. False: the connection is lost. */
bool tls_transport_write(struct tls_transport *tls, struct span bytes);

/* Decrypts at least one byte into the room, and sets *ret_len. */
enum tls_progress tls_transport_read(
    struct tls_transport *tls, struct room room, size_t *ret_len);

/* Whether the next read may find bytes that have been received. */
bool tls_transport_has_more(const struct tls_transport *tls);

/* Where to receive what tls_transport_read or tls_transport_greet needs, and that it has come.
 */
struct room tls_transport_room(struct tls_transport *tls);
void tls_transport_received(struct tls_transport *tls, size_t len);

/* What is to be sent next, and that it was. */
struct span tls_transport_unsent(const struct tls_transport *tls);
void tls_transport_sent(struct tls_transport *tls, size_t len);

/* Valid until the connection ends. */
const char *tls_transport_reason(const struct tls_transport *tls);

#endif
