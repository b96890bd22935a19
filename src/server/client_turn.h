/* What a client does in its turn, and what it waits for afterwards. Call the functions on the
 * loop's thread. */
#ifndef SERVER_CLIENT_TURN_H
#define SERVER_CLIENT_TURN_H

#include "server/client.h"

/* Begins or goes on with the client's turn. Until client_end_turn, `effects.steps` are left.
 * Replies are charged to the client's memory. */
void client_begin_turn(struct client *client);

void client_end_turn(struct client *client);

/* Whether the client's next request has not arrived yet, or what arrives is dropped. */
bool client_needs_bytes(const struct client *client);

/* Whether the client's next request waits until some replies are written. */
bool client_is_full(const struct client *client);

/* Carries out the effects of what the session has executed. */
void client_apply(struct client *client, enum stop stop);

/* Chooses between READING, PAUSED and STOPPED by what the client's next request waits for. */
void client_settle(struct client *client);

/* Gives a refused client the whole time again to read its replies. */
void client_restart_deadline(struct client *client);

#endif
