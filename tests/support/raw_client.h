/* A client of the wire protocol on a blocking socket; a read fails after 20 s. */
#ifndef SUPPORT_RAW_CLIENT_H
#define SUPPORT_RAW_CLIENT_H

#include "support/requests.h"

/* `host` is a numeric address. Returns the socket. */
int raw_connect(const char *host, uint16_t port);

/* Connects, validates and waits for the answer to a PING. */
int raw_join(const char *host, uint16_t port);

/* Sends the requests and empties the buffer. */
void raw_send(int fd, struct buffer *requests);

void raw_assert_reply(int fd, struct span expected);
void raw_assert_closed(int fd);
void raw_ping(int fd);

#endif
