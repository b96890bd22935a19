/* The server's address on a command line: HOST, HOST:PORT, an IPv6 address with or without
 * brackets, each with an optional tcp://, as PyTorch writes it. */
#ifndef COMMON_ENDPOINT_H
#define COMMON_ENDPOINT_H

#include "common/flags.h"

#define ENDPOINT_HOST_SIZE 256 /* longer than any DNS name */
#define ENDPOINT_FORMS "HOST, HOST:PORT, [IPV6]:PORT or tcp://HOST:PORT"

struct endpoint {
    char host[ENDPOINT_HOST_SIZE];
    int port; /* 1 to 65535; 0: not given */
};

/* Returns -1 if `text` has another form. Does not resolve names. */
TCPSTORE_MUST_USE
int endpoint_parse(const char *text, struct endpoint *ret_endpoint);

/* Combines --host and --port; a `port` of 0 is not given. Returns -1 if --host is malformed or
 * the two have different ports, and prints why on stderr. */
TCPSTORE_MUST_USE
int endpoint_of_flags(
    const struct flags *flags, const char *host, int port, struct endpoint *ret_endpoint);

#endif
