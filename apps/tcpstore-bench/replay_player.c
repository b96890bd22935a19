#include "tcpstore-bench/replay_player.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tcpstore-bench/fail.h"
#include "wire/encode.h"

enum {
    OUT_MAX = 1 << 20, /* bytes that may wait to be sent before the next operation */
    SCRATCH_SIZE = 64 * 1024,
};

static void watch(struct replay_player *player, int operation, bool writable)
{
    struct epoll_event event = {
        .events = EPOLLIN | (writable ? EPOLLOUT : 0u), .data.ptr = player};

    if (epoll_ctl(player->epoll, operation, player->fd, &event))
        fail("epoll: %s", strerror(errno));
    player->awaits_writable = writable;
}

/* VALIDATE or PING. */
static void add_word(struct replay_player *player, enum wire_opcode opcode, uint32_t word)
{
    const struct encode encode = {.opcode = opcode, .word = word};

    encode_request(&encode, replay_bytes_extend(&player->out, encode_size(&encode)));
}

static void open_connection(struct replay_player *player)
{
    const struct sockaddr *address = (const struct sockaddr *)&player->address->storage;
    const int on = 1;

    player->fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (player->fd < 0)
        fail("socket: %s; raise the limit of open files", strerror(errno));
    setsockopt(player->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (connect(player->fd, address, player->address->len) && errno != EINPROGRESS)
        fail("cannot connect: %s", strerror(errno));
    watch(player, EPOLL_CTL_ADD, true);
    add_word(player, WIRE_VALIDATE, WIRE_VALIDATE_MAGIC);
}

static void close_connection(struct replay_player *player)
{
    if (player->fd >= 0)
        close(player->fd);
    player->fd = -1;
    player->out.len = 0;
    player->sent = 0;
    player->due_first = 0;
    player->due_end = 0;
    player->is_stuck = false;
}

static void lose_connection(struct replay_player *player)
{
    close_connection(player);
    player->is_closed = true;
    player->counts->closed++;
}

static const struct replay_due *last_due(const struct replay_player *player)
{
    return player->due_first == player->due_end ? NULL : &player->due[player->due_end - 1];
}

bool replay_player_waits(const struct replay_player *player)
{
    const struct replay_due *due = last_due(player);

    return due != NULL && (due->opcode == WIRE_WAIT || due->opcode == WIRE_BARRIER);
}

static void add_due(struct replay_player *player, const struct replay_due *due)
{
    if (player->due_end == player->due_capacity) {
        player->due_capacity = 2 * player->due_capacity + 4;
        player->due = realloc(player->due, player->due_capacity * sizeof(*player->due));
        if (player->due == NULL)
            fail("no memory for %zu replies", player->due_capacity);
    }
    player->due[player->due_end++] = *due;
}

static void add_operation(struct replay_player *player, const struct record_entry *entry)
{
    struct replay_due due = {.opcode = entry->request.bytes[0]};
    bool is_short;
    size_t keys;

    if (!replay_request(entry->request, &player->out, &keys, &is_short)) {
        player->counts->left_out++;
        return;
    }
    player->counts->operations++;
    player->counts->shortened += is_short;
    if (replay_reply_begin(&due.reply, due.opcode, keys))
        add_due(player, &due);
}

/* Whether the operation may be sent now. */
static bool may_send(const struct replay_player *player, const struct record_entry *entry)
{
    if (player->out.len - player->sent > OUT_MAX)
        return false;
    if (replay_player_waits(player))
        return entry->request.bytes[0] == WIRE_CANCEL_WAIT;
    return !entry->begins_turn || player->due_first == player->due_end;
}

/* Returns false if the step must wait. */
static bool play(struct replay_player *player, const struct record_entry *entry)
{
    switch (entry->outcome) {
    case OUTCOME_EXECUTED:
    case OUTCOME_WAITING:
        if (player->is_closed) {
            player->counts->left_out++;
            return true;
        }
        if (player->fd < 0)
            open_connection(player);
        if (entry->request.bytes[0] == WIRE_VALIDATE)
            return true;
        if (!may_send(player, entry))
            return false;
        add_operation(player, entry);
        return true;
    case OUTCOME_REFUSED:
        player->counts->left_out++;
        return true;
    case OUTCOME_CONNECTED:
        if (player->fd < 0)
            open_connection(player);
        return true;
    case OUTCOME_CLOSED:
        if (!replay_player_is_idle(player) && !replay_player_waits(player))
            return false;
        close_connection(player);
        return true;
    }
    return true;
}

static void send_more(struct replay_player *player)
{
    struct replay_bytes *out = &player->out;

    while (player->sent < out->len) {
        ssize_t sent =
            send(player->fd, out->bytes + player->sent, out->len - player->sent, MSG_NOSIGNAL);

        if (sent < 0 && errno != EAGAIN && errno != ENOTCONN) {
            lose_connection(player);
            return;
        }
        if (sent < 0)
            break;
        player->sent += (size_t)sent;
    }
    if (player->sent == out->len) {
        out->len = 0;
        player->sent = 0;
    }
    if (player->awaits_writable != (out->len > 0))
        watch(player, EPOLL_CTL_MOD, out->len > 0);
}

void replay_player_advance(
    struct replay_player *player, const struct replay_plan *plan, size_t end)
{
    while (player->step < end && play(player, &plan->steps[player->step].entry))
        player->step = plan->steps[player->step].next;
    if (player->fd >= 0)
        send_more(player);
}

void replay_player_confirm(struct replay_player *player)
{
    struct replay_due due = {.opcode = WIRE_PING};

    if (player->fd < 0 || replay_player_waits(player))
        return;
    add_word(player, WIRE_PING, 0);
    if (replay_reply_begin(&due.reply, WIRE_PING, 0))
        add_due(player, &due);
    send_more(player);
}

/* A wait that is cancelled has no reply but that to CANCEL_WAIT. */
static bool is_cancelled(const struct replay_player *player, struct span bytes)
{
    const struct replay_due *due = &player->due[player->due_first];

    return player->due_end - player->due_first > 1 && due[1].opcode == WIRE_CANCEL_WAIT &&
           (due->opcode == WIRE_WAIT || due->opcode == WIRE_BARRIER) &&
           bytes.bytes[0] == WIRE_WAIT_CANCELED;
}

/* Returns false if there are more bytes than replies. */
static bool take_replies(struct replay_player *player, struct span bytes)
{
    while (bytes.len > 0) {
        if (player->due_first == player->due_end)
            return false;
        if (is_cancelled(player, bytes))
            player->due_first++;
        if (!replay_reply_take(&player->due[player->due_first].reply, &bytes))
            return true;
        player->counts->replies++;
        player->due_first++;
    }
    if (player->due_first == player->due_end) {
        player->due_first = 0;
        player->due_end = 0;
        player->is_stuck = false;
    }
    return true;
}

static void receive(struct replay_player *player)
{
    static uint8_t scratch[SCRATCH_SIZE];
    ssize_t len;

    do {
        len = recv(player->fd, scratch, sizeof(scratch), 0);
        if (len < 0 && (errno == EAGAIN || errno == ENOTCONN))
            return;
        if (len <= 0 || !take_replies(player, span_of(scratch, (size_t)len))) {
            lose_connection(player);
            return;
        }
    } while (len == SCRATCH_SIZE);
}

void replay_player_serve(struct replay_player *player)
{
    if (player->fd >= 0)
        receive(player);
    if (player->fd >= 0)
        send_more(player);
}

void replay_player_done(struct replay_player *player)
{
    close_connection(player);
    free(player->out.bytes);
    free(player->due);
}
