/*
 * Error codes and their texts.
 *
 * Every function of the library that can fail returns 0 or one of the negative codes below. All
 * functions here are thread-safe and cannot fail.
 */
#ifndef TCPSTORE_ERROR_H
#define TCPSTORE_ERROR_H

#ifdef __cplusplus
extern "C" {
#endif

/* For functions that the library exports, and for those whose result must not be ignored. */
#if defined(__GNUC__) || defined(__clang__)
#define TCPSTORE_EXPORT __attribute__((visibility("default")))
#define TCPSTORE_MUST_USE __attribute__((warn_unused_result))
#else
#define TCPSTORE_EXPORT
#define TCPSTORE_MUST_USE
#endif

/* X(constant, value, text). Values are part of the ABI: append, never renumber. */
#define TCPSTORE_ERRORS(X)                                                 \
    X(TCPSTORE_ENOMEM, -1, "out of memory")                                \
    X(TCPSTORE_EINVAL, -2, "invalid argument")                             \
    X(TCPSTORE_ESTATE, -3, "not possible in this state")                   \
    X(TCPSTORE_EADDRINUSE, -4, "address in use")                           \
    X(TCPSTORE_EADDRNOTAVAIL, -5, "address not available on this machine") \
    X(TCPSTORE_EACCESS, -6, "permission denied")                           \
    X(TCPSTORE_EPORTMISMATCH, -7, "listening socket is on another port")   \
    X(TCPSTORE_ESYSTEM, -8, "refused by the operating system")             \
    X(TCPSTORE_EOPCODE, -9, "unknown operation")                           \
    X(TCPSTORE_ENOTVALIDATED, -10, "first operation is not VALIDATE")      \
    X(TCPSTORE_EMAGIC, -11, "VALIDATE has a wrong magic number")           \
    X(TCPSTORE_EKEYSIZE, -12, "key too long")                              \
    X(TCPSTORE_EVALUESIZE, -13, "value too long")                          \
    X(TCPSTORE_EKEYCOUNT, -14, "too many keys in one request")             \
    X(TCPSTORE_ENOTANUMBER, -15, "stored value is not a decimal number")   \
    X(TCPSTORE_ERANGE, -16, "sum does not fit in 64 bits")                 \
    X(TCPSTORE_EWAITING, -17, "client already has a pending wait")         \
    X(TCPSTORE_EQUEUEFULL, -18, "queue is full")                           \
    X(TCPSTORE_ECLIENTS, -19, "too many clients")                          \
    X(TCPSTORE_ETIMEDOUT, -20, "timed out")                                \
    X(TCPSTORE_EOUTPUT, -21, "too many unsent replies")                    \
    X(TCPSTORE_ECONNECT, -22, "cannot connect")                            \
    X(TCPSTORE_ELOST, -23, "connection lost")                              \
    X(TCPSTORE_EPROTOCOL, -24, "unexpected reply: not a TCPStore server")  \
    X(TCPSTORE_ENOKEY, -25, "no such key")                                 \
    X(TCPSTORE_EANSWERSIZE, -26, "answer too large")                       \
    X(TCPSTORE_ECANCELED, -27, "cancelled by the program")

/* The codes. */
enum {
#define TCPSTORE_ERROR_ENUM(name, value, text) name = value,
    TCPSTORE_ERRORS(TCPSTORE_ERROR_ENUM)
#undef TCPSTORE_ERROR_ENUM
};

/* A code, and a text that names the object, the cause and, if possible, the next step.
 * Functions that take a `struct tcpstore_error *` fill it in when they fail and do not touch it
 * otherwise; NULL is allowed. */
struct tcpstore_error {
    int code;       /* one of the codes */
    char text[256]; /* terminated; truncated if too long */
};

/* The text of a code: static storage, never NULL; "no error" for 0, "unknown error" for a
 * number that is not a code. */
TCPSTORE_EXPORT const char *tcpstore_strerror(int code);

/* The name of the constant, such as "TCPSTORE_EINVAL"; otherwise as tcpstore_strerror. */
TCPSTORE_EXPORT const char *tcpstore_error_name(int code);

#ifdef __cplusplus
}
#endif

#endif
