/* Receives a client's bytes, as many as its turn can execute. Call the functions on the loop's
 * thread. */
#ifndef SERVER_RECEIVING_H
#define SERVER_RECEIVING_H

#include "server/client.h"

/* For struct stream_events: `room` and `received`. `owner` is the client. */
struct room receiving_room(void *owner);
void receiving_take(void *owner, struct span bytes);

/* Reads once. The client is READING afterwards if nothing has arrived. */
void receiving_read_now(struct client *client);

#endif
