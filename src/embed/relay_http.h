/* HTTP that a relay answers itself: how it is, and, while it has no store to pass a request on
 * to, what it waits for. Call the functions on the loop's thread. */
#ifndef EMBED_RELAY_HTTP_H
#define EMBED_RELAY_HTTP_H

#include "embed/relay_stores.h"
#include "http/http.h"
#include "server/allow_list.h"
#include "server/bridge.h"
#include "uplink/uplink.h"

/* The pointers are borrowed. */
struct relay_http {
    struct http http;
    const struct uplink *uplink;
    const struct relay_stores *stores;
    const struct allow_list *allowed;
    struct bridges *bridges;
    bool is_on;
    bool has_port; /* of its own, and is not served at others */
};

/* Without `is_on`, HTTP is refused. Returns libuv's error: then nothing is open. */
TCPSTORE_MUST_USE
int relay_http_init(struct relay_http *relay, uv_loop_t *loop);

/* For struct uplink_http; `context` is a struct relay_http. */
const char *relay_http_refuse(
    void *context, const union address *peer, const struct uplink_port *port);
bool relay_http_serve(
    void *context, struct stream *stream, const union address *peer, struct span begun);

/* As http_close. One that is all zero is fine. */
void relay_http_close(struct relay_http *relay);

#endif
