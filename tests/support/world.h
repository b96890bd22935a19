/* An engine with clients, without sockets: bytes in, replies and releases out. */
#ifndef SUPPORT_WORLD_H
#define SUPPORT_WORLD_H

#include "engine/engine.h"
#include "support/allocator.h"
#include "support/buffer.h"

enum { WORLD_CLIENTS = 4 };

struct client {
    struct session session;
    struct buffer replies; /* since the last world_expect */
};

struct world {
    struct allocator allocator;
    struct memory memory;
    struct engine engine;
    struct outbox outbox;
    struct effects effects;
    struct client clients[WORLD_CLIENTS];
    struct refusal refusal; /* of the last request that was refused */
};

/* With PyTorch's limits, two entries in a queue, and no client validated. `refused` is the
 * number of the one allocation to be refused, from 1; 0: none. TCPSTORE_ENOMEM. */
int world_init(struct world *world, size_t refused);

/* All clients leave; fails the test if memory is still allocated. */
void world_done(struct world *world);

/* Has the client send VALIDATE. Returns 0 or the code of the refusal. */
int world_validate(struct world *world, size_t client);

/* The same for all clients, up to the first refusal. */
int world_validate_all(struct world *world);

/* Feeds the client's requests, which are emptied, to its session and passes all replies on. A
 * client that is refused leaves. Returns 0 or the code of the refusal. */
int world_send(struct world *world, size_t client, struct buffer *requests);

/* Receives the requests where the session has room for them, piece by piece. */
int world_send_in_place(struct world *world, size_t client, struct buffer *requests);

/* A single call of the engine each, which may take `steps`. The client gets its replies; all
 * releases are sent, too. Bytes are fed although the session may be stopped. A client that is
 * refused has not left. */
enum stop world_feed(struct world *world, size_t client, struct buffer *requests, long steps);
enum stop world_continue(struct world *world, size_t client, long steps);

/* Returns whether the client has left; another one connects in its place then. */
bool world_leave_in_turns(struct world *world, size_t client, long steps);

/* The client that was in line and may continue. WORLD_CLIENTS: none. */
size_t world_take_ready(struct world *world);

void world_leave(struct world *world, size_t client);

/* Fails the test unless these are the client's replies since the last call. */
void world_expect(struct world *world, size_t client, struct span replies);

/* Keys with their values and the length of the queue "q". The order is that of insertion: equal
 * before and after a request that has changed nothing. */
void world_dump(const struct world *world, struct buffer *ret_dump);

#endif
