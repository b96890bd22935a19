#include "client/tls_transport.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "tls/session.h"

enum { CIPHER_SIZE = 32 << 10 /* bytes received at a time */ };

struct tls_transport {
    struct tls_context *context;
    char *host;
    struct tls_files files; /* the texts are ours */
    struct memory memory;
    struct tls_session session;
    bool is_begun;
    bool has_more;
    char reason[TLS_TEXT_MAX];
    uint8_t cipher[CIPHER_SIZE];
};

static void *resize(void *context, void *pointer, size_t old_size, size_t size)
{
    (void)context;
    (void)old_size;
    if (size > 0)
        return realloc(pointer, size);
    free(pointer);
    return NULL;
}

int tls_transport_new(
    const struct tls_files *files, const char *host, struct tcpstore_error *error,
    struct tls_transport **ret_tls)
{
    struct tls_transport *tls = calloc(1, sizeof(*tls));
    int code = TCPSTORE_ENOMEM;

    *ret_tls = NULL;
    if (tls != NULL)
        tls->host = strdup(host);
    if (tls == NULL || tls->host == NULL || !tls_files_copy(files, &tls->files))
        error_set(error, code, "out of memory for TLS");
    else
        code = tls_context_new(files, error, &tls->context);
    if (code) {
        tls_transport_free(tls);
        return code;
    }
    memory_init(&tls->memory, resize, NULL, SIZE_MAX);
    *ret_tls = tls;
    return 0;
}

void tls_transport_free(struct tls_transport *tls)
{
    if (tls == NULL)
        return;
    tls_transport_end(tls);
    tls_context_release(tls->context);
    tls_files_free(&tls->files);
    free(tls->host);
    free(tls);
}

struct tls_files tls_transport_files(const struct tls_transport *tls)
{
    return tls->files;
}

int tls_transport_begin(struct tls_transport *tls)
{
    int code =
        tls_session_connect(&tls->session, tls->context, &tls->memory, tls->host, TLS_STORE);

    tls->is_begun = code == 0;
    tls->has_more = false;
    return code;
}

void tls_transport_end(struct tls_transport *tls)
{
    if (tls->is_begun)
        tls_session_done(&tls->session);
    tls->is_begun = false;
}

static enum tls_progress lose(struct tls_transport *tls)
{
    const struct tls_failure *failure = &tls->session.peer.failure;

    tls_failure_text(failure->reason, failure->detail, tls->reason);
    return PROGRESS_LOST;
}

static enum tls_progress progress_of(struct tls_transport *tls, enum tls_result result)
{
    switch (result) {
    case TLS_DONE:
        return PROGRESS_DONE;
    case TLS_NEEDS_BYTES:
        return PROGRESS_NEEDS_BYTES;
    case TLS_ENDED:
        snprintf(tls->reason, sizeof(tls->reason), "closed by the server; its log may say why");
        return PROGRESS_LOST;
    default:
        return lose(tls);
    }
}

enum tls_progress tls_transport_greet(struct tls_transport *tls)
{
    return progress_of(tls, tls_session_greet(&tls->session));
}

bool tls_transport_write(struct tls_transport *tls, struct span bytes)
{
    if (tls_session_write(&tls->session, bytes))
        return true;
    lose(tls);
    return false;
}

enum tls_progress tls_transport_read(
    struct tls_transport *tls, struct room room, size_t *ret_len)
{
    enum tls_progress progress =
        progress_of(tls, tls_session_read(&tls->session, room, ret_len));

    tls->has_more = progress == PROGRESS_DONE;
    return progress;
}

bool tls_transport_has_more(const struct tls_transport *tls)
{
    return tls->has_more;
}

/* All that was received before has been read: OpenSSL takes what it is offered. */
struct room tls_transport_room(struct tls_transport *tls)
{
    return (struct room){tls->cipher, sizeof(tls->cipher)};
}

void tls_transport_received(struct tls_transport *tls, size_t len)
{
    tls->session.pipe.fresh = span_of(tls->cipher, len);
}

struct span tls_transport_unsent(const struct tls_transport *tls)
{
    struct span bytes;

    return outbox_peek(&tls->session.pipe.out, &bytes, 1) == 1 ? bytes : span_of(NULL, 0);
}

void tls_transport_sent(struct tls_transport *tls, size_t len)
{
    outbox_consume(&tls->session.pipe.out, len);
}

const char *tls_transport_reason(const struct tls_transport *tls)
{
    return tls->reason;
}
