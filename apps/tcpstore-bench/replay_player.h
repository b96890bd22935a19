/*
 * One recorded client, played on one connection.
 *
 * It sends the operations of a turn together, as its client did, and the next turn once all
 * replies are there; after a WAIT or BARRIER it sends nothing but CANCEL_WAIT until that ends,
 * since replies to others could not be told from its own.
 *
 * Ways to fail: no connection, which ends the program; the server closes it, and the rest of
 * the client is left out.
 */
#ifndef BENCH_REPLAY_PLAYER_H
#define BENCH_REPLAY_PLAYER_H

#include "tcpstore-bench/loop.h"
#include "tcpstore-bench/replay_plan.h"
#include "tcpstore-bench/replay_reply.h"
#include "tcpstore-bench/replay_request.h"

struct replay_counts {
    uint64_t operations; /* sent */
    uint64_t replies;
    uint64_t shortened; /* of them: lists without the keys that the record lacks */
    uint64_t left_out;  /* refused in the record, or too little of them is known, or the server
                           has closed the connection before */
    uint64_t closed;    /* connections, by the server */
};

/* A reply that has not arrived. */
struct replay_due {
    uint8_t opcode;
    struct replay_reply reply;
};

struct replay_player {
    const struct address *address;
    struct replay_counts *counts; /* of all players */
    int epoll;
    int fd;      /* -1: not connected */
    size_t step; /* the next; REPLAY_NONE: all are done */
    struct replay_bytes out;
    size_t sent;          /* of `out` */
    bool awaits_writable; /* epoll reports when more can be sent */
    struct replay_due *due;
    size_t due_first;
    size_t due_end;
    size_t due_capacity;
    bool is_stuck;  /* others do not wait for it until its replies are there */
    bool is_closed; /* by the server */
};

/* Plays the client's steps before `end`, as far as it can now. */
void replay_player_advance(
    struct replay_player *player, const struct replay_plan *plan, size_t end);

/* Sends and receives, after an event. */
void replay_player_serve(struct replay_player *player);

/* Sends a PING, unless it waits: its reply shows that all operations were executed. */
void replay_player_confirm(struct replay_player *player);

void replay_player_done(struct replay_player *player);

static inline bool replay_player_is_idle(const struct replay_player *player)
{
    return player->due_first == player->due_end && player->sent == player->out.len;
}

/* Whether its last operation is a WAIT or BARRIER without a reply. */
bool replay_player_waits(const struct replay_player *player);

#endif
