/* The server's address on a command line: HOST, HOST:PORT, an IPv6 address with or without
 * brackets, each with an optional tcp://, as PyTorch writes it; or unix:PATH. */
#ifndef COMMON_ENDPOINT_H
#define COMMON_ENDPOINT_H

#include "common/flags.h"

#define ENDPOINT_HOST_SIZE 256 /* longer than any DNS name */
#define ENDPOINT_FORMS "HOST, HOST:PORT, [IPV6]:PORT, tcp://HOST:PORT or unix:PATH"
#define ENDPOINT_TEXT_SIZE (ENDPOINT_HOST_SIZE + sizeof(", port 65535"))

struct endpoint {
    char host[ENDPOINT_HOST_SIZE]; /* also "unix:/path", which has no port */
    int port;                      /* 1 to 65535; 0: not given */
};

/* The path of a Unix socket; NULL: it is a host. */
const char *endpoint_unix_path(const struct endpoint *endpoint);

/* As messages show it: "head, port 29500" or "unix:/path". Returns `text`. */
const char *endpoint_describe(const struct endpoint *endpoint, char text[ENDPOINT_TEXT_SIZE]);

/* Returns -1 if `text` has another form. Does not resolve names. */
TCPSTORE_MUST_USE
int endpoint_parse(const char *text, struct endpoint *ret_endpoint);

/* Combines --host and --port; a `port` of 0 is not given. Returns -1 if --host is malformed,
 * the two have different ports, or a Unix socket is given a port, and prints why on stderr. */
TCPSTORE_MUST_USE
int endpoint_of_flags(
    const struct flags *flags, const char *host, int port, struct endpoint *ret_endpoint);

#endif
