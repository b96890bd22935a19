/* For a library that is built where OpenSSL is not: there is no TLS, so only the first function
 * is ever called. */
#include "client/tls_transport.h"

#include "base/error.h"

int tls_transport_new(
    const struct tls_files *files, const char *host, struct tcpstore_error *error,
    struct tls_transport **ret_tls)
{
    (void)files;
    *ret_tls = NULL;
    return error_set(
        error, TCPSTORE_EINVAL,
        "connect to %s: this library was built without TLS; build it where OpenSSL is", host);
}

void tls_transport_free(struct tls_transport *tls)
{
    (void)tls;
}

struct tls_files tls_transport_files(const struct tls_transport *tls)
{
    (void)tls;
    return (struct tls_files){.secrets = NULL};
}

int tls_transport_begin(struct tls_transport *tls)
{
    (void)tls;
    return TCPSTORE_ENOMEM;
}

void tls_transport_end(struct tls_transport *tls)
{
    (void)tls;
}

enum tls_progress tls_transport_greet(struct tls_transport *tls)
{
    (void)tls;
    return PROGRESS_LOST;
}

bool tls_transport_write(struct tls_transport *tls, struct span bytes)
{
    (void)tls;
    (void)bytes;
    return false;
}

enum tls_progress tls_transport_read(
    struct tls_transport *tls, struct room room, size_t *ret_len)
{
    (void)tls;
    (void)room;
    *ret_len = 0;
    return PROGRESS_LOST;
}

bool tls_transport_has_more(const struct tls_transport *tls)
{
    (void)tls;
    return false;
}

struct room tls_transport_room(struct tls_transport *tls)
{
    (void)tls;
    return (struct room){NULL, 0};
}

void tls_transport_received(struct tls_transport *tls, size_t len)
{
    (void)tls;
    (void)len;
}

struct span tls_transport_unsent(const struct tls_transport *tls)
{
    (void)tls;
    return span_of(NULL, 0);
}

void tls_transport_sent(struct tls_transport *tls, size_t len)
{
    (void)tls;
    (void)len;
}

const char *tls_transport_reason(const struct tls_transport *tls)
{
    (void)tls;
    return "there is no TLS";
}
