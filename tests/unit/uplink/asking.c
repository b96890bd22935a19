/* Who asks the store, and who is answered, when clients of a relay ask alike. */
#include "uplink/asking.h"

#include <string.h>

#include "base/container.h"
#include "support/allocator.h"
#include "support/requests.h"
#include "support/test.h"

enum { CLIENTS = 4 };

struct client {
    struct asker asker;
    unsigned sent;     /* requests to the store */
    unsigned answered; /* with another's answer */
    bool leaves;       /* when it is to send */
};

static struct allocator allocator;
static struct memory memory;
static uv_loop_t loop;
static struct asking asking;
static struct client clients[CLIENTS];
static struct buffer wait_for_key, get_key;

static void send_up(struct asker *asker, struct span bytes)
{
    struct client *client = CONTAINER_OF(asker, struct client, asker);

    assert_true(bytes.len > 0);
    client->sent++;
    if (client->leaves)
        asking_leave(asker);
}

static void answer(struct asker *asker, struct span bytes)
{
    assert_true(bytes.len > 0);
    CONTAINER_OF(asker, struct client, asker)->answered++;
}

static void ask(unsigned client, const struct buffer *request)
{
    asking_sent(&asking, &clients[client].asker, buffer_span(request), true);
}

/* A reply to wait_for_key, or a part of one to get_key. */
static void give(unsigned client)
{
    asking_given(&clients[client].asker, span_of("\0", 1));
}

/* So that it is settled. */
static void greet(unsigned client)
{
    struct buffer request = {0};

    asking_enter(&clients[client].asker, 0);
    add_word(&request, OP_VALIDATE, MAGIC);
    add_word(&request, OP_PING, 7);
    ask(client, &request);
    asking_given(&clients[client].asker, span_of("\7\0\0\0", 4));
    assert_int_equal(clients[client].sent, 1);
    buffer_free(&request);
}

static int set_up(void **state)
{
    static const struct asking_events events = {send_up, answer};

    (void)state;
    allocator_init(&allocator, &memory);
    if (uv_loop_init(&loop))
        return -1;
    asking_init(&asking, &loop, &memory, &events);
    memset(clients, 0, sizeof(clients));
    add_keys(&wait_for_key, OP_WAIT, "key");
    add_keyed(&get_key, OP_GET, "key");
    for (unsigned i = 0; i < CLIENTS; i++)
        greet(i);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (unsigned i = 0; i < CLIENTS; i++)
        asking_leave(&clients[i].asker);
    asking_close(&asking);
    uv_run(&loop, UV_RUN_DEFAULT);
    buffer_free(&wait_for_key);
    buffer_free(&get_key);
    allocator_check_empty(&allocator, &memory);
    return uv_loop_close(&loop);
}

static void assert_sent(unsigned first, unsigned second, unsigned third, unsigned fourth)
{
    const unsigned expected[] = {first, second, third, fourth};

    for (unsigned i = 0; i < CLIENTS; i++)
        assert_int_equal(clients[i].sent - 1, expected[i]); /* but for greet's */
}

static void assert_answered(unsigned first, unsigned second, unsigned third, unsigned fourth)
{
    const unsigned expected[] = {first, second, third, fourth};

    for (unsigned i = 0; i < CLIENTS; i++)
        assert_int_equal(clients[i].answered, expected[i]);
}

static void those_who_come_later_share_the_next_answer(void **state)
{
    (void)state;
    for (unsigned i = 0; i < CLIENTS; i++)
        ask(i, &wait_for_key);
    assert_sent(1, 0, 0, 0);
    give(0);
    assert_answered(0, 0, 0, 0); /* it may have been true before they asked */
    assert_sent(1, 1, 0, 0);
    give(1);
    assert_answered(0, 0, 1, 1);
    assert_sent(1, 1, 0, 0);
    assert_int_equal(asking.shared_answers, 2);
}

static void who_comes_after_the_second_was_sent_waits_for_the_third(void **state)
{
    (void)state;
    ask(0, &wait_for_key);
    ask(1, &wait_for_key);
    give(0);
    ask(2, &wait_for_key);
    give(1);
    assert_answered(0, 0, 0, 0);
    assert_sent(1, 1, 1, 0);
}

static void different_requests_are_different_inquiries(void **state)
{
    struct buffer other = {0};

    (void)state;
    add_keys(&other, OP_CHECK, "key");
    ask(0, &wait_for_key);
    ask(1, &get_key);
    ask(2, &other);
    assert_sent(1, 1, 1, 0);
    buffer_free(&other);
}

static void stores_share_no_answers(void **state)
{
    (void)state;
    clients[1].asker.store = 29501;
    ask(0, &wait_for_key);
    ask(1, &wait_for_key);
    assert_sent(1, 1, 0, 0);
}

static void what_changes_something_is_sent_by_each(void **state)
{
    struct buffer add = {0};

    (void)state;
    add_numbered(&add, OP_ADD, "key", 1);
    ask(0, &add);
    ask(1, &add);
    assert_sent(1, 1, 0, 0);
    buffer_free(&add);
}

/* Its SET might take effect after another's inquiry. */
static void who_is_owed_something_asks_itself(void **state)
{
    struct buffer set = {0};

    (void)state;
    add_valued(&set, OP_SET, "key", text("value"));
    ask(0, &wait_for_key);
    ask(1, &set);
    ask(1, &wait_for_key);
    assert_sent(1, 2, 0, 0);
    give(1);
    ask(1, &wait_for_key); /* the SET has taken effect */
    assert_sent(1, 2, 0, 0);
    buffer_free(&set);
}

static void who_does_not_read_asks_itself(void **state)
{
    (void)state;
    ask(0, &wait_for_key);
    asking_sent(&asking, &clients[1].asker, buffer_span(&wait_for_key), false);
    assert_sent(1, 1, 0, 0);
}

static void who_sends_more_before_the_answer_asks_itself(void **state)
{
    (void)state;
    ask(0, &wait_for_key);
    ask(1, &wait_for_key);
    ask(2, &wait_for_key);
    ask(1, &get_key);
    assert_sent(1, 2, 0, 0); /* both, in their order */
    ask(0, &get_key);
    assert_sent(2, 2, 1, 0); /* the third leads now */
    give(0);
    give(1);
    assert_answered(0, 0, 0, 0);
}

static void who_sends_no_more_asks_itself(void **state)
{
    (void)state;
    ask(0, &wait_for_key);
    ask(1, &wait_for_key);
    asking_finish(&clients[1].asker);
    assert_sent(1, 1, 0, 0);
    asking_finish(&clients[0].asker);
    assert_sent(1, 1, 0, 0);
}

static void an_answer_in_pieces_is_not_shared(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 3; i++)
        ask(i, &get_key);
    give(0);
    assert_sent(1, 1, 1, 0);
    assert_answered(0, 0, 0, 0);
}

static void when_the_leader_leaves_the_next_one_leads(void **state)
{
    (void)state;
    for (unsigned i = 0; i < CLIENTS; i++)
        ask(i, &wait_for_key);
    asking_leave(&clients[2].asker);
    asking_leave(&clients[0].asker);
    assert_sent(1, 1, 0, 0);
    give(1);
    assert_answered(0, 0, 0, 1);
}

static void who_cannot_be_sent_is_passed_over(void **state)
{
    (void)state;
    clients[1].leaves = true;
    for (unsigned i = 0; i < CLIENTS; i++)
        ask(i, &wait_for_key);
    give(0);
    assert_sent(1, 1, 1, 0);
    give(2);
    assert_answered(0, 0, 0, 1);
}

static void a_wait_that_lasts_is_sent_by_each(void **state)
{
    (void)state;
    ask(0, &wait_for_key);
    ask(1, &wait_for_key);
    ask(2, &get_key);
    ask(3, &get_key);
    uv_run(&loop, UV_RUN_DEFAULT); /* ends: no deadline is left */
    assert_sent(1, 1, 1, 0);
    give(0);
    assert_sent(1, 1, 1, 0);
}

/* All four have asked the same, so the first waits for the others. */
static void gather(void)
{
    for (unsigned i = 0; i < CLIENTS; i++)
        ask(i, &wait_for_key);
    give(0);
    ask(0, &get_key);
    assert_sent(1, 1, 0, 0);
    give(1);
    ask(1, &get_key);
    ask(2, &get_key);
    assert_sent(1, 1, 0, 0);
}

static void those_who_asked_alike_ask_together(void **state)
{
    (void)state;
    gather();
    ask(3, &get_key);
    assert_sent(2, 1, 0, 0);
    asking_given(&clients[0].asker, span_of("\0\0\0\0\0\0\0\0", 8));
    assert_answered(0, 1, 2, 2);
    assert_sent(2, 1, 0, 0);
}

static void who_asks_something_else_is_waited_for_no_more(void **state)
{
    (void)state;
    gather();
    ask(3, &wait_for_key);
    assert_sent(2, 1, 0, 1);
}

static void who_leaves_is_waited_for_no_more(void **state)
{
    (void)state;
    gather();
    asking_leave(&clients[3].asker);
    assert_sent(2, 1, 0, 0);
}

static void who_does_not_ask_is_waited_for_for_a_moment(void **state)
{
    (void)state;
    gather();
    uv_run(&loop, UV_RUN_DEFAULT); /* ends: no deadline is left */
    assert_sent(2, 1, 0, 0);
}

static void without_memory_each_asks_itself(void **state)
{
    (void)state;
    allocator_refuse_all(&allocator);
    ask(0, &wait_for_key);
    ask(1, &wait_for_key);
    assert_sent(1, 1, 0, 0);
    give(0);
    give(1);
    allocator_refuse_none(&allocator);
    ask(0, &wait_for_key);
    ask(1, &wait_for_key);
    allocator_refuse_all(&allocator);
    give(0); /* nobody waits for anybody */
    ask(0, &get_key);
    assert_sent(3, 2, 0, 0);
    allocator_refuse_none(&allocator);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(those_who_come_later_share_the_next_answer),
        TEST(who_comes_after_the_second_was_sent_waits_for_the_third),
        TEST(different_requests_are_different_inquiries),
        TEST(stores_share_no_answers),
        TEST(what_changes_something_is_sent_by_each),
        TEST(who_is_owed_something_asks_itself),
        TEST(who_does_not_read_asks_itself),
        TEST(who_sends_more_before_the_answer_asks_itself),
        TEST(who_sends_no_more_asks_itself),
        TEST(an_answer_in_pieces_is_not_shared),
        TEST(when_the_leader_leaves_the_next_one_leads),
        TEST(who_cannot_be_sent_is_passed_over),
        TEST(a_wait_that_lasts_is_sent_by_each),
        TEST(those_who_asked_alike_ask_together),
        TEST(who_asks_something_else_is_waited_for_no_more),
        TEST(who_leaves_is_waited_for_no_more),
        TEST(who_does_not_ask_is_waited_for_for_a_moment),
        TEST(without_memory_each_asks_itself),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
