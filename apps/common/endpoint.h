/* Where a server is, as people write it: HOST, HOST:PORT, an IPv6 address with or without
 * brackets, or any of these behind tcp://, which is how PyTorch writes it. */
#ifndef COMMON_ENDPOINT_H
#define COMMON_ENDPOINT_H

#include "common/flags.h"

#define ENDPOINT_HOST_SIZE 256 /* the longest name that DNS has, and more */
#define ENDPOINT_FORMS "HOST, HOST:PORT, [IPV6]:PORT or tcp://HOST:PORT"

struct endpoint {
    char host[ENDPOINT_HOST_SIZE];
    int port; /* 1 to 65535; 0: not named */
};

/* Returns -1 for anything else. Names are not looked up. */
TCPSTORE_MUST_USE
int endpoint_parse(const char *text, struct endpoint *ret_endpoint);

/* Of the flags --host and --port; `port` is 0 if that was not given. Or says on stderr what is
 * wrong, which may be that they name two ports, and returns -1. */
TCPSTORE_MUST_USE
int endpoint_of_flags(
    const struct flags *flags, const char *host, int port, struct endpoint *ret_endpoint);

#endif
