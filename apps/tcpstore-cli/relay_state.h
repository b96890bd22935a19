/* What a relay says about itself, at a path that it answers even if its store does not. */
#ifndef CLI_RELAY_STATE_H
#define CLI_RELAY_STATE_H

#include "tcpstore-cli/http.h"
#include "tcpstore-cli/options.h"

/* Asks, for --timeout but at most 3 s. Whether a relay has answered: its words are then in
 * `http->body`. */
TCPSTORE_MUST_USE
bool relay_state_ask(struct http *http, const struct options *options);

/* Asks likewise. Whether a relay has answered that no client is served at the port of a store
 * of a job on its host. */
TCPSTORE_MUST_USE
bool relay_state_lacks_port(struct http *http, const struct options *options, double port);

/* Prints its words on stderr, with a next step. */
void relay_state_print(const struct http *http);

/* Prints on stderr how to ask the relay at the address of HTTP. */
void relay_state_suggest(const struct options *options);

#endif
