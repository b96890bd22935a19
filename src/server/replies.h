/* What clients are sent: replies, and releases by other clients. Call the functions on the
 * loop's thread, while a turn is taken: they take `effects.steps`. */
#ifndef SERVER_REPLIES_H
#define SERVER_REPLIES_H

#include "server/client.h"

/* Sends what is in `service->replies` to the client. If that fails, the client is disconnected.
 */
void replies_send(struct client *client);

/* Writes more of the client's backlog, and does what waits for its end. */
void replies_continue(struct client *client);

/* Call it after each call of the engine, with `service->replies` empty: notifies the clients
 * whose waits it has ended, while steps are left, and gives turns to those that may continue.
 */
void replies_notify(struct service *service);

#endif
