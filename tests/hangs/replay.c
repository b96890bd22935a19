#include "hangs/replay.h"

#include <limits.h>
#include <stdlib.h>

#include "engine/view.h"
#include "support/test.h"

static const struct hash_key hash_key = {{1, 2, 3}};

void replay_init(struct replay *replay)
{
    const struct engine_limits limits = {
        .wire = {.key_bytes = 8192, .value_bytes = 8 << 20, .keys_per_request = 128 << 10},
        .queue_entries = 1024,
        .appended_bytes = 8 << 20,
        .reply_bytes = 1 << 20,
        .room_bytes = 64 << 10,
        .bytes_at_once = 1 << 20,
        .items_at_once = 1024,
    };

    memset(replay, 0, sizeof(*replay));
    allocator_init(&replay->allocator, &replay->memory);
    outbox_init(&replay->outbox, &replay->memory, 4096, SIZE_MAX / 2);
    effects_init(&replay->effects, &replay->outbox);
    assert_int_equal(
        engine_init(&replay->engine, &replay->memory, &replay->memory, &hash_key, &limits), 0);
}

/* No client reads its replies: the recording has what it has sent because of them. */
static void drop_effects(struct replay *replay)
{
    outbox_clear(&replay->outbox);
    while (engine_take_released(&replay->effects) != NULL) {
        assert_int_equal(engine_reply_released(&replay->outbox), 0);
        outbox_clear(&replay->outbox);
    }
}

static void drive(struct replay *replay, struct session *session, enum stop stop)
{
    drop_effects(replay);
    while (stop == STOP_TURN_OVER) {
        replay->effects.steps = LONG_MAX;
        stop = session_continue(&replay->engine, session, &replay->effects);
        drop_effects(replay);
    }
    assert_int_not_equal(stop, STOP_REFUSED);
}

static void go_on(struct replay *replay)
{
    struct session *session;

    while ((session = engine_take_ready(&replay->engine)) != NULL) {
        replay->effects.steps = LONG_MAX;
        drive(replay, session, session_continue(&replay->engine, session, &replay->effects));
    }
}

static void open_client(struct replay *replay, struct replay_client *client, size_t index)
{
    client->is_open = true;
    client->opened_at = replay->now;
    client->sent_at = replay->now;
    snprintf(client->peer, sizeof(client->peer), "10.0.0.1:%zu", 10000 + index);
    engine_enter(&client->session, &replay->memory);
    if (index >= replay->client_count)
        replay->client_count = index + 1;
}

static void close_client(struct replay *replay, struct replay_client *client)
{
    while (!engine_leave(&replay->engine, &client->session, &replay->effects))
        drop_effects(replay);
    drop_effects(replay);
    client->is_open = false;
    client->has_left = true;
    client->closed_at = replay->now;
    go_on(replay);
}

static size_t decode(char *hex)
{
    static const char digits[] = "0123456789abcdef";
    size_t len = 0;

    for (; hex[2 * len] > ' ' && hex[2 * len + 1] > ' '; len++) {
        const char *high = strchr(digits, hex[2 * len]);
        const char *low = strchr(digits, hex[2 * len + 1]);

        assert_non_null(high);
        assert_non_null(low);
        hex[len] = (char)((high - digits) << 4 | (low - digits));
    }
    return len;
}

static void send_bytes(struct replay *replay, struct replay_client *client, char *hex)
{
    struct span bytes = span_of(hex, decode(hex));

    client->sent_at = replay->now;
    while (bytes.len > 0) {
        replay->effects.steps = LONG_MAX;
        drive(
            replay, &client->session,
            session_feed(&replay->engine, &client->session, bytes, &replay->effects));
        bytes = span_last(bytes, replay->effects.left);
    }
    go_on(replay);
}

bool replay_read(struct replay *replay, FILE *trace)
{
    if (getline(&replay->line, &replay->line_size, trace) <= 0)
        return false;
    replay->now = strtoll(replay->line, &replay->event, 10);
    return true;
}

void replay_play(struct replay *replay)
{
    char *word;
    size_t index = strtoul(replay->event, &word, 10);
    struct replay_client *client;

    assert_true(index < REPLAY_CLIENTS);
    client = &replay->clients[index];
    if (strncmp(word, " open", 5) == 0)
        open_client(replay, client, index);
    else if (strncmp(word, " close", 6) == 0)
        close_client(replay, client);
    else
        send_bytes(replay, client, word + strlen(" send "));
}

static struct facts_client known(
    const struct replay *replay, const struct replay_client *client, int64_t now)
{
    const struct activity *activity = &client->session.activity;
    struct view view = {.awaited_count = 0};
    long steps = 0;

    if (client->is_open)
        view = view_session(&replay->engine, &client->session, &steps);
    return (struct facts_client){
        .peer = text(client->peer),
        .host_len = strlen("10.0.0.1"),
        .first_key = span_of(activity->key, activity->key_len),
        .awaited = view.awaited,
        .awaited_count = view.awaited_count,
        .barrier_size = view.barrier_size,
        .waiting_ms = view.awaited_count > 0 ? now - client->sent_at : 0,
        .connected_ms = now - client->opened_at,
        .silent_ms = now - client->sent_at,
        .requests = activity->requests,
        .has_left = client->has_left,
        .left_ms = client->has_left ? now - client->closed_at : 0,
        .rank = -1,
    };
}

struct facts replay_facts(struct replay *replay, int64_t now)
{
    for (size_t i = 0; i < replay->client_count; i++)
        replay->known[i] = known(replay, &replay->clients[i], now);
    return (struct facts){.clients = replay->known, .client_count = replay->client_count};
}

void replay_done(struct replay *replay)
{
    for (size_t i = 0; i < replay->client_count; i++)
        if (replay->clients[i].is_open)
            close_client(replay, &replay->clients[i]);
    free(replay->line);
    outbox_done(&replay->outbox);
    engine_rest(&replay->engine);
    engine_done(&replay->engine);
    allocator_check_empty(&replay->allocator, &replay->memory);
}
