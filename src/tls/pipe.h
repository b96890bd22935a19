/* Encrypted bytes between a TLS connection and its caller, as a BIO of OpenSSL. */
#ifndef TLS_PIPE_H
#define TLS_PIPE_H

#include "base/outbox.h"

struct bio_st;
struct bio_method_st;

struct tls_pipe {
    struct outbox kept; /* from the other end, before `fresh` */
    struct span fresh;  /* likewise; borrowed */
    struct outbox out;  /* for the other end */
    bool is_shut;       /* nothing more is taken from the other end */
};

/* Allocates nothing. */
void tls_pipe_init(struct tls_pipe *pipe, struct memory *memory);

void tls_pipe_done(struct tls_pipe *pipe);

/* Keeps what is left of the fresh bytes. TCPSTORE_ENOMEM. */
TCPSTORE_MUST_USE
int tls_pipe_keep(struct tls_pipe *pipe);

/* What tls_pipe_open needs; the caller frees it by BIO_meth_free. NULL: memory is refused. */
struct bio_method_st *tls_pipe_method(void);

/* The BIO borrows the pipe. NULL: memory is refused. */
struct bio_st *tls_pipe_open(struct tls_pipe *pipe, const struct bio_method_st *method);

#endif
