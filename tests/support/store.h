/* A server in the process of the test, and its clients. */
#ifndef SUPPORT_STORE_H
#define SUPPORT_STORE_H

#include <tcpstore/client.h>
#include <tcpstore/server.h>

/* The defaults, on 127.0.0.1 and a free port. */
struct tcpstore_server_options store_server_options(void);

/* Creates a server that serves in its own thread. */
struct tcpstore_server *store_start_with(const struct tcpstore_server_options *options);

/* With store_server_options. */
struct tcpstore_server *store_start(void);

/* Options for 127.0.0.1, with timeouts long enough for a slow machine. */
struct tcpstore_client_options store_options(uint16_t port);

struct tcpstore_client *store_connect(uint16_t port);

/* Fails the test unless a call has returned `code` and its error has that code and each of the
 * words, which "|" separates. */
void assert_fails(int actual, int code, const struct tcpstore_error *error, const char *words);

#endif
