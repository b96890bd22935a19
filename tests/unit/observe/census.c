/* A census of 100,000 clients that wait for one rank. They have sessions, but no sockets. */
#include "observe/census.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/container.h"
#include "engine/engine.h"
#include "support/allocator.h"
#include "support/requests.h"
#include "support/test.h"

enum {
    CLIENTS = 100000,
    OF_A_HOST = 8,
    REQUEST_MAX = 1000, /* bytes */
};

struct asker {
    struct question question;
    enum verdict verdict;
    size_t connected;
    char reason[REPORT_REASON_MAX];
    int answers;
    int code;
};

struct fixture {
    uv_loop_t loop;
    struct turns turns;
    struct allocator allocator;
    struct memory memory;
    struct engine engine;
    struct outbox replies;
    struct effects effects;
    struct clients clients;
    struct stream stream; /* of all clients: of none a relay tells the process */
    struct client *list;  /* CLIENTS of them */
    struct census_taker taker;
    struct census census;
};

static void feed(struct fixture *f, struct session *session, struct buffer *requests)
{
    f->effects.steps = LONG_MAX;
    assert_int_equal(
        session_feed(&f->engine, session, buffer_span(requests), &f->effects),
        STOP_NEEDS_BYTES);
    outbox_clear(&f->replies);
    buffer_clear(requests);
}

static void connect_rank(struct fixture *f, unsigned rank, struct buffer *requests)
{
    struct client *client = &f->list[rank];
    unsigned host = rank / OF_A_HOST;
    char text[100];

    client->service = &f->clients.service;
    client->stream = &f->stream;
    client->session.number = ++f->clients.admitted;
    snprintf(text, sizeof(text), "10.0.%u.%u", host >> 8, host & 255);
    assert_true(address_parse(text, (uint16_t)(1024 + rank % OF_A_HOST), &client->peer));
    engine_enter(&client->session, &f->memory);
    list_append(&f->clients.connected, &client->link);
    f->clients.count++;

    add_word(requests, OP_VALIDATE, MAGIC);
    snprintf(text, sizeof(text), "job-1/default_pg/0//cpu//0/%u", rank);
    add_valued(requests, OP_SET, text, span_of("address", 7));
    snprintf(text, sizeof(text), "job-1/default_pg/0//cpu//0/%u", (unsigned)CLIENTS);
    add_keys(requests, OP_WAIT, text);
    feed(f, &client->session, requests);
}

static int init_engine(struct fixture *f)
{
    const struct hash_key hash_key = {{1, 2, 3}};
    const struct engine_limits limits = {
        .wire = {.key_bytes = 100, .value_bytes = 100, .keys_per_request = 100},
        .queue_entries = 100,
        .appended_bytes = 100,
        .reply_bytes = SIZE_MAX / 2,
        .room_bytes = READ_BUFFER_SIZE,
        .bytes_at_once = REQUEST_MAX,
        .items_at_once = 100,
    };

    allocator_init(&f->allocator, &f->memory);
    outbox_init(&f->replies, &f->memory, REQUEST_MAX, SIZE_MAX / 2);
    effects_init(&f->effects, &f->replies);
    f->clients.service.config.loop = &f->loop;
    f->clients.service.config.engine = &f->engine;
    f->clients.service.config.turns = &f->turns;
    list_init(&f->clients.connected);
    return engine_init(&f->engine, &f->memory, &f->memory, &hash_key, &limits);
}

static int open_census(struct fixture *f)
{
    census_init(&f->census, &f->taker, &f->clients, &(struct hash_key){{4, 5, 6}});
    return census_taker_init(&f->taker, &f->loop, &f->turns);
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    struct buffer requests = {.len = 0};

    if (f == NULL || uv_loop_init(&f->loop))
        return -1;
    *state = f;
    f->list = calloc(CLIENTS, sizeof(*f->list));
    turns_init(&f->turns, &f->loop);
    if (f->list == NULL || init_engine(f))
        return -1;
    for (unsigned rank = 0; rank < CLIENTS; rank++)
        connect_rank(f, rank, &requests);
    buffer_free(&requests);
    return open_census(f);
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    census_taker_close(&f->taker);
    turns_close(&f->turns);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    census_taker_done(&f->taker);
    assert_int_equal(uv_loop_close(&f->loop), 0);
    for (unsigned rank = 0; rank < CLIENTS; rank++)
        while (!engine_leave(&f->engine, &f->list[rank].session, &f->effects))
            outbox_clear(&f->replies);
    outbox_done(&f->replies);
    engine_done(&f->engine);
    allocator_check_empty(&f->allocator, &f->memory);
    free(f->list);
    free(f);
    return 0;
}

static int work_out(struct question *question, struct report *report)
{
    struct asker *asker = CONTAINER_OF(question, struct asker, question);
    int code;

    report->hang_ms = 1; /* they wait since the machine's start */
    code = report_find(report);
    asker->verdict = report_verdict(report);
    asker->connected = report->connected;
    memcpy(asker->reason, report->reason, sizeof(asker->reason));
    return code;
}

static void on_answered(struct question *question, int code)
{
    struct asker *asker = CONTAINER_OF(question, struct asker, question);

    asker->answers++;
    asker->code = code;
}

static const struct question question = {.work_out = work_out, .answered = on_answered};

static double ms_of(clockid_t clock)
{
    struct timespec time;

    clock_gettime(clock, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

/* Prints how long it took, and how much of the processor the longest iteration. */
static void run_until_answered(struct fixture *f, const struct asker *asker)
{
    double begun = ms_of(CLOCK_MONOTONIC);
    double longest = 0;

    while (asker->answers == 0) {
        double from = ms_of(CLOCK_THREAD_CPUTIME_ID);
        double taken;

        uv_run(&f->loop, UV_RUN_ONCE);
        taken = ms_of(CLOCK_THREAD_CPUTIME_ID) - from;
        longest = taken > longest ? taken : longest;
    }
    print_message(
        "answered in %.0f ms; the longest iteration of the loop took %.2f ms\n",
        ms_of(CLOCK_MONOTONIC) - begun, longest);
}

static void many_clients_that_wait_for_one_rank_are_explained(void **state)
{
    struct asker asker = {.question = question};

    census_ask(&((struct fixture *)*state)->census, &asker.question);
    run_until_answered(*state, &asker);
    assert_int_equal(asker.code, 0);
    assert_int_equal(asker.verdict, VERDICT_HANGS);
    assert_int_equal(asker.connected, CLIENTS);
    assert_non_null(strstr(asker.reason, "rank 100000"));
}

static void a_question_asked_meanwhile_is_answered_by_the_next_census(void **state)
{
    struct fixture *f = *state;
    struct asker first = {.question = question}, second = {.question = question};

    census_ask(&f->census, &first.question);
    uv_run(&f->loop, UV_RUN_NOWAIT);
    list_remove(&f->list[0].link); /* it has left */
    census_ask(&f->census, &second.question);
    run_until_answered(f, &first);
    assert_int_equal(second.answers, 0);
    run_until_answered(f, &second);
    assert_int_equal(first.answers, 1);
    assert_int_equal(second.connected, CLIENTS - 1);
    list_append(&f->clients.connected, &f->list[0].link);
}

static void stores_are_counted_one_after_the_other(void **state)
{
    struct fixture *f = *state;
    struct asker first = {.question = question}, second = {.question = question};
    struct census other;

    census_init(&other, &f->taker, &f->clients, &(struct hash_key){{7, 8, 9}});
    assert_true(census_is_idle(&other));
    census_ask(&f->census, &first.question);
    census_ask(&other, &second.question);
    assert_false(census_is_idle(&other));
    run_until_answered(f, &first);
    assert_true(census_is_idle(&f->census));
    assert_int_equal(second.answers, 0);
    run_until_answered(f, &second);
    assert_true(census_is_idle(&other));
    assert_int_equal(second.code, 0);
    assert_int_equal(second.connected, CLIENTS);
}

static void a_census_that_is_closed_meanwhile_answers_nothing(void **state)
{
    struct fixture *f = *state;
    struct asker asker = {.question = question};

    census_ask(&f->census, &asker.question);
    while (!f->taker.worker.is_busy)
        uv_run(&f->loop, UV_RUN_ONCE);
    census_taker_close(&f->taker);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    assert_int_equal(asker.answers, 0);
    census_taker_done(&f->taker);
    assert_int_equal(open_census(f), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_clients_that_wait_for_one_rank_are_explained),
        cmocka_unit_test(a_question_asked_meanwhile_is_answered_by_the_next_census),
        cmocka_unit_test(stores_are_counted_one_after_the_other),
        cmocka_unit_test(a_census_that_is_closed_meanwhile_answers_nothing),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
