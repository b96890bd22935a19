/* Why a TLS connection has failed, in words for operators. */
#ifndef TLS_FAILURE_H
#define TLS_FAILURE_H

enum {
    TLS_DETAIL_MAX = 128, /* bytes, with the terminator */
    TLS_TEXT_MAX = 256,   /* likewise */
};

struct tls_failure {
    const char *reason;          /* static; NULL: none */
    char detail[TLS_DETAIL_MAX]; /* printable; "": none */
};

struct ssl_st;

/* Takes the reason from OpenSSL's queue of errors, which it empties, unless `failure` has one
 * already. */
void tls_failure_take(struct tls_failure *failure, const struct ssl_st *ssl);

/* The detail is cut, and its characters that are not printable become '?'. A reason that is
 * there already stays. */
void tls_failure_set(struct tls_failure *failure, const char *reason, const char *detail);

/* "reason (detail)", or the reason alone if the detail is empty. Returns `text`. */
const char *tls_failure_text(const char *reason, const char *detail, char text[TLS_TEXT_MAX]);

#endif
