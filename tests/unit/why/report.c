/* The text for hangs, as an operator reads it. */
#include "why/report.h"

#include <stdio.h>

#include "support/outbox_reader.h"
#include "unit/why/job.h"

enum { RANKS = 8 };

#define GLOO "/job-1/1/default_pg/0//cpu//0/"

static struct report report;
static struct outbox outbox;

static int set_up(void **state)
{
    (void)state;
    job_begin();
    outbox_init(&outbox, &memory, 10000, 100000);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    report_done(&report);
    outbox_done(&outbox);
    job_end();
    return 0;
}

static struct facts_client *come(unsigned rank)
{
    size_t at = facts.client_count++;
    struct facts_client *client = &clients[at];

    snprintf(keys[at], sizeof(keys[at]), GLOO "%u", rank);
    snprintf(peers[at], sizeof(peers[at]), "10.0.0.%u:4000%u", rank / 4 + 1, rank);
    *client = (struct facts_client){
        .peer = text(peers[at]),
        .host_len = 8,
        .first_key = text(keys[at]),
        .silent_ms = WAITED_MS,
        .rank = -1};
    return client;
}

static void begin(void)
{
    assert_int_equal(report_init(&report, &memory, &hash_key, &facts), 0);
    report.hang_ms = 5000;
}

static void assert_text(const char *expected)
{
    static uint8_t bytes[10000];
    size_t len = 0;

    assert_int_equal(report_find(&report), 0);
    assert_int_equal(report_write(&report, &outbox), 0);
    while (outbox.bytes > 0) {
        struct span view;

        outbox_peek(&outbox, &view, 1);
        assert_true(len + view.len < sizeof(bytes));
        memcpy(bytes + len, view.bytes, view.len);
        len += view.len;
        outbox_consume(&outbox, view.len);
    }
    bytes[len] = 0;
    assert_string_equal((const char *)bytes, expected);
}

static bool has_text(const char *part)
{
    struct span view;
    size_t len = strlen(part);

    assert_int_equal(outbox_peek(&outbox, &view, 1), 1);
    for (size_t at = 0; at + len <= view.len; at++)
        if (memcmp(view.bytes + at, part, len) == 0)
            return true;
    return false;
}

static void a_rank_that_never_starts(void **state)
{
    (void)state;
    for (unsigned rank = 0; rank < RANKS; rank++)
        if (rank != 3)
            wait_for(come(rank), GLOO "3");
    begin();
    for (uint32_t rank = 0; rank < RANKS; rank++)
        if (rank != 3)
            numbers_add(&report.stages.first->present, rank);
    assert_int_equal(report_verdict(&report), VERDICT_HANGS);
    assert_text("7 clients are connected; 7 wait, the longest for 20 s\n"
                "\n"
                "job-1/1: gloo, default group; 7 of 8 ranks or more have set an address\n"
                "  7 clients wait for /job-1/1/default_pg/0//cpu//0/3, for 20 s\n"
                "  → rank 3 has not set an address, and no client is known to be it: was it "
                "started?\n"
                "  next: connections between the ranks\n");
}

/* Otherwise the ranks that wait would be told to be missing. */
static void the_number_in_a_key_that_has_none_like_it_is_no_member(void **state)
{
    (void)state;
    wait_for(come(0), "llama-70b/ready");
    wait_for(come(1), "llama-70b/ready");
    begin();
    assert_text("2 clients are connected; 2 wait, the longest for 20 s\n"
                "\n"
                "a key\n"
                "  2 clients wait for llama-70b/ready, for 20 s\n");
}

static void keys_that_differ_in_a_number_are_members(void **state)
{
    (void)state;
    wait_for(come(0), "worker-2/ready");
    wait_for(come(1), "worker-2/ready");
    begin();
    numbers_add(&report.stages.first->present, 0);
    numbers_add(&report.stages.first->present, 1);
    assert_int_equal(report_find(&report), 0);
    assert_int_equal(report.findings[0].culprits.come, 2);
    assert_int_equal(report.findings[0].culprits.first->first, 2);
}

static void a_rank_that_has_left_before_a_barrier(void **state)
{
    struct facts_client *lost;

    (void)state;
    for (unsigned rank = 0; rank < RANKS; rank++)
        if (rank != 6)
            wait_for(come(rank), "/job-1/1/default_pg/0//save/step-100/last_member");
    lost = come(6);
    lost->has_left = true;
    lost->left_ms = 11000;
    begin();
    report.stages.first->counted = 7;
    assert_text(
        "7 clients are connected; 7 wait, the longest for 20 s\n"
        "\n"
        "job-1/1: barrier, save/step-100; 7 of 8 ranks or more have come\n"
        "  7 clients wait for /job-1/1/default_pg/0//save/step-100/last_member, for 20 s\n"
        "  → rank 6 left 11 s ago and has not come (10.0.0.2:40006): its process has ended; "
        "look "
        "at its log\n");
}

static void a_rank_with_a_larger_world(void **state)
{
    (void)state;
    for (unsigned rank = 0; rank < RANKS; rank++)
        come(rank);
    wait_for(&clients[3], GLOO "8");
    begin();
    for (uint32_t rank = 0; rank < RANKS; rank++)
        numbers_add(&report.stages.first->present, rank);
    assert_text("8 clients are connected; 1 waits, for 20 s\n"
                "\n"
                "job-1/1: gloo, default group; 8 of 8 ranks or more have set an address\n"
                "  1 client waits for /job-1/1/default_pg/0//cpu//0/8, for 20 s\n"
                "  → rank 3 expects 9 or more, others 8 (10.0.0.1:40003): look for a wrong "
                "WORLD_SIZE\n"
                "  next: connections between the ranks\n");
}

static void a_rank_that_expects_a_smaller_barrier_than_the_others(void **state)
{
    (void)state;
    for (unsigned rank = 0; rank < 3; rank++) {
        wait_for(come(rank), "epoch-1");
        clients[rank].barrier_size = rank == 1 ? 4 : 5;
    }
    begin();
    assert_int_equal(report_find(&report), 0);
    assert_string_equal(
        report.reason,
        "rank 1 expects 4, others 5 (10.0.0.1:40001): look for a wrong WORLD_SIZE");
}

static void missing_ranks_are_listed_before_their_culprits(void **state)
{
    (void)state;
    for (unsigned rank = 0; rank < RANKS; rank++)
        if (rank != 3 && rank != 5 && rank != 6)
            wait_for(come(rank), GLOO "3");
    begin();
    for (uint32_t rank = 0; rank < RANKS; rank++)
        if (rank != 3 && rank != 5 && rank != 6)
            numbers_add(&report.stages.first->present, rank);
    assert_text("5 clients are connected; 5 wait, the longest for 20 s\n"
                "\n"
                "job-1/1: gloo, default group; 5 of 8 ranks or more have set an address\n"
                "  5 clients wait for /job-1/1/default_pg/0//cpu//0/3, for 20 s\n"
                "  missing: 3,5-6\n"
                "  → rank 3 has not set an address, and no client is known to be it: was it "
                "started?\n"
                "  → ranks 5-6 have not set an address, and no client is known to be one of "
                "them: were they started?\n"
                "  next: connections between the ranks\n");
}

static void of_many_stages_the_longest_waits_are_shown(void **state)
{
    static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i"};

    (void)state;
    for (unsigned at = 0; at < sizeof(names) / sizeof(*names); at++)
        wait_for(come(at), names[at]);
    begin();
    assert_int_equal(report_find(&report), 0);
    assert_int_equal(report_write(&report, &outbox), 0);
    assert_true(has_text("… and 1 more stage: --all shows them\n"));
    outbox_clear(&outbox);
    report.all = true;
    assert_int_equal(report_write(&report, &outbox), 0);
    assert_false(has_text("more stage"));
}

static void watches_and_idle_clients_do_not_hang(void **state)
{
    (void)state;
    wait_for(come(0), "exception_dump");
    come(1);
    begin();
    assert_int_equal(report_verdict(&report), VERDICT_IDLE);
    assert_text("2 clients are connected; none waits\n"
                "\n"
                "1 client waits for an event that may never happen: normal\n");
}

static void a_short_wait_is_no_hang(void **state)
{
    struct facts_client *client = come(1);

    (void)state;
    wait_for(client, GLOO "0");
    client->waiting_ms = 4999;
    begin();
    assert_int_equal(report_verdict(&report), VERDICT_WAITING);
}

/* Has set the key of our Python package, and waits for nothing. */
static void name_itself(unsigned rank)
{
    struct facts_client *client = come(rank);
    char *key = keys[client - clients];

    snprintf(key, sizeof(keys[0]), "/tcpstore/rank/%u", rank);
    client->first_key = text(key);
}

static void answer_roll(uint32_t world)
{
    struct stage *roll = report.stages.first;

    assert_ptr_equal(roll, report.identities.roll);
    roll->world = world;
    for (size_t i = 0; i < facts.client_count; i++)
        numbers_add(&roll->present, report.identities.of[i].number);
}

static void ranks_that_never_come_are_named_while_none_waits(void **state)
{
    (void)state;
    for (unsigned rank = 0; rank < RANKS; rank++)
        if (rank != 5)
            name_itself(rank);
    begin();
    answer_roll(RANKS);
    assert_int_equal(report_verdict(&report), VERDICT_IDLE);
    assert_text("7 clients are connected; none waits\n"
                "\n"
                "all ranks; 7 of 8 ranks have connected\n"
                "  → rank 5 has not connected, and no client is known to be it: was it "
                "started?\n");
}

static void of_ranks_that_have_all_come_nothing_is_said(void **state)
{
    (void)state;
    for (unsigned rank = 0; rank < RANKS; rank++)
        name_itself(rank);
    clients[5].has_left = true;
    begin();
    answer_roll(RANKS);
    assert_text("7 clients are connected; none waits\n");
}

#define JOB_1 "/tcpstore/torchrun/job-1/agents/"

static void agents_that_poll_for_others_wait(void **state)
{
    struct facts_client *lost;

    (void)state;
    for (unsigned agent = 0; agent < 3; agent++) {
        come(agent)->first_key = text(JOB_1 "4");
        clients[agent].connected_ms = 60000;
    }
    lost = come(3);
    lost->first_key = clients[0].first_key;
    lost->has_left = true;
    lost->left_ms = 31000;
    begin();
    assert_text(
        "3 clients are connected; 3 wait, the longest for 31 s\n"
        "\n"
        "torchrun, rendezvous, job-1; 3 of 4 agents have joined\n"
        "  joined: 10.0.0.1:40000, 10.0.0.1:40001, 10.0.0.1:40002; no change for 31 s\n"
        "  → an agent left 31 s ago, and none has taken its place (10.0.0.1:40003): its "
        "process has ended; look at its log\n"
        "  next: torchrun, store of the trainers\n");
    assert_int_equal(report_verdict(&report), VERDICT_HANGS);
    assert_int_equal(report.hosts.first->longest_ms, 31000);
}

static void agents_wait_no_longer_than_since_the_latest_has_come(void **state)
{
    (void)state;
    for (unsigned agent = 0; agent < 2; agent++) {
        come(agent)->first_key = text(JOB_1 "3");
        clients[agent].connected_ms = 60000 - 50000 * agent;
    }
    come(2)->first_key = clients[0].first_key; /* of a job before */
    clients[2].has_left = true;
    clients[2].left_ms = 40000;
    begin();
    report.hang_ms = 20000;
    assert_text("2 clients are connected; 2 wait, the longest for 10 s\n"
                "\n"
                "torchrun, rendezvous, job-1; 2 of 3 agents have joined\n"
                "  joined: 10.0.0.1:40000, 10.0.0.1:40001; no change for 10 s\n"
                "  → 1 agent has not joined: was torchrun started on all nodes, with the same "
                "--rdzv-id?\n"
                "  next: torchrun, store of the trainers\n");
    assert_int_equal(report_verdict(&report), VERDICT_WAITING);
}

static void agents_that_are_enough_do_not_wait(void **state)
{
    (void)state;
    for (unsigned agent = 0; agent < 3; agent++)
        come(agent)->first_key = text(JOB_1 "3");
    begin();
    assert_text("3 clients are connected; none waits\n");
    assert_int_equal(report_verdict(&report), VERDICT_IDLE);
    assert_int_equal(report.hosts.first->waiting, 0);
}

static void agents_that_have_left_need_no_more_than_those_that_are_there(void **state)
{
    (void)state;
    for (unsigned agent = 0; agent < 4; agent++) {
        come(agent)->first_key = text(agent < 2 ? JOB_1 "4" : JOB_1 "2");
        clients[agent].has_left = agent < 2;
    }
    begin();
    assert_text("2 clients are connected; none waits\n");
}

static void agents_that_do_not_poll_have_joined(void **state)
{
    (void)state;
    for (unsigned agent = 0; agent < 2; agent++) {
        come(agent)->first_key = text(JOB_1 "3");
        clients[agent].connected_ms = 60000;
    }
    wait_for(&clients[1], "/torch.rendezvous.job-1.0/MASTER_ADDR");
    begin();
    assert_int_equal(report_find(&report), 0);
    assert_int_equal(report_write(&report, &outbox), 0);
    assert_true(has_text("2 of 3 agents have joined\n"
                         "  joined: 10.0.0.1:40000, 10.0.0.1:40001; no change for 60 s\n"));
}

/* It has joined, so it lacks none; but it does not poll. */
static void an_agent_that_waits_for_a_key_has_joined(void **state)
{
    (void)state;
    for (unsigned agent = 0; agent < 2; agent++)
        come(agent)->first_key = text(JOB_1 "2");
    wait_for(&clients[1], "/torch.rendezvous.job-1.0/MASTER_ADDR");
    begin();
    assert_int_equal(report_find(&report), 0);
    assert_int_equal(report.waiting, 1);
    assert_int_equal(report.finding_count, 1);
}

static void of_a_mistyped_id_both_parts_are_shown(void **state)
{
    (void)state;
    come(0)->first_key = text(JOB_1 "2");
    come(1)->first_key = text("/tcpstore/torchrun/job1/agents/2");
    begin();
    assert_int_equal(report_find(&report), 0);
    assert_int_equal(report.finding_count, 2);
    assert_int_equal(report.waiting, 2);
}

static void without_the_number_of_ranks_none_is_missing(void **state)
{
    (void)state;
    name_itself(0);
    name_itself(2);
    begin();
    answer_roll(0);
    assert_text("2 clients are connected; none waits\n");
}

static void refuse_memory_at_each_place(void)
{
    int code = TCPSTORE_ENOMEM;

    for (size_t refused = 1; code; refused++) {
        allocator_refuse(&allocator, refused);
        code = report_init(&report, &memory, &hash_key, &facts);
        if (code == 0 && report.identities.roll != NULL)
            answer_roll(RANKS);
        if (code == 0)
            code = report_find(&report);
        if (code == 0)
            break;
        assert_int_equal(code, TCPSTORE_ENOMEM);
        report_done(&report);
    }
    allocator_refuse_none(&allocator);
}

static void refused_memory_is_an_error_and_leaves_nothing(void **state)
{
    (void)state;
    for (unsigned rank = 0; rank < RANKS; rank++)
        if (rank != 3)
            wait_for(come(rank), GLOO "3");
    come(3)->first_key = text(JOB_1 "2");
    refuse_memory_at_each_place();
}

static void refused_memory_for_ranks_that_never_come_is_an_error_and_leaves_nothing(
    void **state)
{
    (void)state;
    for (unsigned rank = 0; rank < RANKS; rank++)
        if (rank != 3)
            name_itself(rank);
    refuse_memory_at_each_place();
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_rank_that_never_starts),
        TEST(the_number_in_a_key_that_has_none_like_it_is_no_member),
        TEST(keys_that_differ_in_a_number_are_members),
        TEST(a_rank_that_has_left_before_a_barrier),
        TEST(a_rank_with_a_larger_world),
        TEST(a_rank_that_expects_a_smaller_barrier_than_the_others),
        TEST(watches_and_idle_clients_do_not_hang),
        TEST(a_short_wait_is_no_hang),
        TEST(missing_ranks_are_listed_before_their_culprits),
        TEST(of_many_stages_the_longest_waits_are_shown),
        TEST(ranks_that_never_come_are_named_while_none_waits),
        TEST(of_ranks_that_have_all_come_nothing_is_said),
        TEST(without_the_number_of_ranks_none_is_missing),
        TEST(agents_that_poll_for_others_wait),
        TEST(agents_wait_no_longer_than_since_the_latest_has_come),
        TEST(agents_that_are_enough_do_not_wait),
        TEST(agents_that_have_left_need_no_more_than_those_that_are_there),
        TEST(agents_that_do_not_poll_have_joined),
        TEST(an_agent_that_waits_for_a_key_has_joined),
        TEST(of_a_mistyped_id_both_parts_are_shown),
        TEST(refused_memory_is_an_error_and_leaves_nothing),
        TEST(refused_memory_for_ranks_that_never_come_is_an_error_and_leaves_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
