/*
 * Error codes and their texts.
 *
 * Every function of the library that can fail returns 0 or one of the negative
 * codes below. All functions here are thread-safe and cannot fail.
 */
#ifndef TCPSTORE_ERROR_H
#define TCPSTORE_ERROR_H

#ifdef __cplusplus
extern "C" {
#endif

/* Marks a function of the library, and one whose result is not to be ignored. */
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
    X(TCPSTORE_EPORTMISMATCH, -7, "listening socket has another port")     \
    X(TCPSTORE_ESYSTEM, -8, "refused by the operating system")             \
    X(TCPSTORE_EOPCODE, -9, "unknown operation")                           \
    X(TCPSTORE_ENOTVALIDATED, -10, "first operation is not VALIDATE")      \
    X(TCPSTORE_EMAGIC, -11, "VALIDATE carries a wrong magic number")       \
    X(TCPSTORE_EKEYSIZE, -12, "key too long")                              \
    X(TCPSTORE_EVALUESIZE, -13, "value too long")                          \
    X(TCPSTORE_EKEYCOUNT, -14, "too many keys in one request")             \
    X(TCPSTORE_ENOTANUMBER, -15, "stored value is not a decimal number")   \
    X(TCPSTORE_ERANGE, -16, "sum does not fit 64 bits")                    \
    X(TCPSTORE_EWAITING, -17, "a wait of this client is already pending")  \
    X(TCPSTORE_EQUEUEFULL, -18, "queue is full")                           \
    X(TCPSTORE_ECLIENTS, -19, "too many clients")                          \
    X(TCPSTORE_ETIMEDOUT, -20, "timed out")                                \
    X(TCPSTORE_EOUTPUT, -21, "more replies than may wait to be sent")      \
    X(TCPSTORE_ECONNECT, -22, "cannot connect")                            \
    X(TCPSTORE_ELOST, -23, "connection lost")                              \
    X(TCPSTORE_EPROTOCOL, -24, "not an answer of a TCPStore server")       \
    X(TCPSTORE_ENOKEY, -25, "no such key")                                 \
    X(TCPSTORE_EANSWERSIZE, -26, "answer too large")                       \
    X(TCPSTORE_ECANCELED, -27, "cancelled by the program")

/* The codes, each with its text. */
enum {
#define TCPSTORE_ERROR_ENUM(name, value, text) name = value,
    TCPSTORE_ERRORS(TCPSTORE_ERROR_ENUM)
#undef TCPSTORE_ERROR_ENUM
};

/* A code with a text that names the thing, the cause and, where there is one,
 * the next step. Functions that take a `struct tcpstore_error *` fill it when
 * they fail and leave it alone otherwise; NULL is allowed. */
struct tcpstore_error {
    int code;       /* one of the codes */
    char text[256]; /* always terminated; cut, never overrun, when too long */
};

/* The text of a code: static storage, never NULL; "no error" for 0, "unknown error" for any
 * other number that is none of the codes. */
TCPSTORE_EXPORT const char *tcpstore_strerror(int code);

/* The constant's name, for example "TCPSTORE_EINVAL"; as above. */
TCPSTORE_EXPORT const char *tcpstore_error_name(int code);

#ifdef __cplusplus
}
#endif

#endif
