/* The facts of recorded hangs of PyTorch jobs, and who is found to be their cause. */
#include "why/finding.h"

#include <stdio.h>
#include <unistd.h>

#include "unit/why/job.h"

enum { RANKS = 8 };

#define GLOO "/job-1/1/default_pg/0//cpu//0/"
#define BARRIER "/job-1/1/default_pg/0//save/step-100/"

static struct stages stages;
static struct identities identities;
static struct finding finding;

static int set_up(void **state)
{
    (void)state;
    job_begin();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    finding_done(&finding);
    identities_done(&identities);
    stages_done(&stages);
    job_end();
    return 0;
}

static struct facts_client *connect(void)
{
    struct facts_client *client = &clients[facts.client_count++];

    *client = (struct facts_client){.peer = text("127.0.0.1:30085"), .host_len = 9, .rank = -1};
    return client;
}

/* Has set the address of that rank. */
static struct facts_client *come(unsigned rank)
{
    char *key = keys[facts.client_count];
    struct facts_client *client = connect();

    snprintf(key, sizeof(keys[0]), GLOO "%u", rank);
    client->first_key = text(key);
    return client;
}

static void examine_stages(size_t count)
{
    assert_int_equal(identities_init(&identities, &memory, &facts), 0);
    assert_int_equal(stages_init(&stages, &memory, &hash_key, &facts, &identities), 0);
    assert_int_equal(stages.count, count);
}

static void examine_stage(void)
{
    examine_stages(1);
}

/* The addresses of the ranks below `end` are there, but for `missing`. */
static void answer(uint32_t end, uint32_t missing)
{
    for (uint32_t rank = 0; rank < end; rank++)
        if (rank != missing)
            numbers_add(&stages.first->present, rank);
}

static void find(void)
{
    assert_int_equal(
        finding_init(&finding, &memory, &hash_key, stages.first, &facts, &identities), 0);
}

static void assert_culprit(
    const struct culprit *culprit, enum culprit_kind kind, const struct facts_client *client,
    uint32_t rank)
{
    assert_non_null(culprit);
    assert_int_equal(culprit->kind, kind);
    assert_ptr_equal(culprit->client, client);
    assert_int_equal(culprit->first, rank);
    assert_int_equal(culprit->last, rank);
}

static void all_but(unsigned missing, const char *awaited)
{
    for (unsigned rank = 0; rank < RANKS; rank++)
        if (rank != missing)
            wait_for(come(rank), awaited);
}

static void a_rank_that_never_starts_is_unknown(void **state)
{
    (void)state;
    all_but(3, GLOO "3");
    examine_stage();
    answer(RANKS, 3);
    find();
    assert_culprit(finding.culprits.first, CULPRIT_UNKNOWN, NULL, 3);
    assert_null(finding.culprits.first->next);
    assert_int_equal(finding.culprits.come, 7);
    assert_int_equal(finding.culprits.world, 8);
    assert_false(finding.culprits.is_known);
}

/* Which the Python package's key names before it has set its address. */
static void a_rank_is_known_by_its_key_and_an_agent_is_not_suspected(void **state)
{
    struct facts_client *silent, *agent;

    (void)state;
    all_but(3, GLOO "3");
    silent = connect();
    silent->first_key = text("/tcpstore/rank/3");
    silent->silent_ms = WAITED_MS;
    agent = connect();
    agent->first_key = text("/tcpstore/agent/0");
    examine_stages(2);
    answer(RANKS, 3);
    find();
    assert_culprit(finding.culprits.first, CULPRIT_SILENT, silent, 3);
    assert_null(finding.culprits.first->next);
}

/* Two ranks on each. */
static void spread_over_hosts(void)
{
    for (size_t i = 0; i < facts.client_count; i++) {
        struct family_match own;

        families_match(clients[i].first_key, &own);
        snprintf(peers[i], sizeof(peers[i]), "10.0.0.%u:4000%u", own.number / 2, own.number);
        clients[i].peer = text(peers[i]);
        clients[i].host_len = 8;
    }
}

static void a_host_with_fewer_ranks_than_others_is_named(void **state)
{
    (void)state;
    all_but(5, GLOO "5");
    spread_over_hosts();
    examine_stage();
    answer(RANKS, 5);
    find();
    assert_int_equal(finding.culprits.usual, 2);
    assert_culprit(finding.culprits.first, CULPRIT_HOST_SHORT, &clients[4], 5);
    assert_null(finding.culprits.first->next);
}

static void ranks_of_a_host_that_never_connects_are_one_culprit(void **state)
{
    (void)state;
    for (unsigned rank = 0; rank < RANKS; rank++)
        if (rank / 2 != 2)
            wait_for(come(rank), GLOO "4");
    spread_over_hosts();
    examine_stage();
    answer(4, RANKS);
    numbers_add(&stages.first->present, 6);
    numbers_add(&stages.first->present, 7);
    find();
    assert_int_equal(finding.culprits.first->kind, CULPRIT_HOST_NEVER);
    assert_int_equal(finding.culprits.first->first, 4);
    assert_int_equal(finding.culprits.first->last, 5);
    assert_null(finding.culprits.first->next);
}

static void a_client_without_a_key_may_be_the_unknown_rank(void **state)
{
    struct facts_client *silent;

    (void)state;
    all_but(5, GLOO "5");
    silent = connect();
    silent->silent_ms = WAITED_MS;
    (void)connect(); /* it is busy */
    examine_stage();
    answer(RANKS, 5);
    find();
    assert_culprit(finding.culprits.first, CULPRIT_UNKNOWN, NULL, 5);
    assert_culprit(finding.culprits.first->next, CULPRIT_BEFORE_KEY, silent, 0);
    assert_null(finding.culprits.first->next->next);
}

static void a_rank_that_has_left_before_a_barrier_is_named(void **state)
{
    struct facts_client *lost;

    (void)state;
    all_but(6, BARRIER "last_member");
    lost = come(6);
    lost->has_left = true;
    examine_stage();
    stages.first->counted = 7;
    find();
    assert_culprit(finding.culprits.first, CULPRIT_LEFT, lost, 6);
    assert_null(finding.culprits.first->next);
    assert_int_equal(finding.culprits.come, 7);
}

static void a_rank_that_is_connected_but_does_not_come_is_silent(void **state)
{
    struct facts_client *stopped;

    (void)state;
    all_but(6, BARRIER "last_member");
    stopped = come(6);
    examine_stage();
    stages.first->counted = 7;
    find();
    assert_culprit(finding.culprits.first, CULPRIT_SILENT, stopped, 6);
}

static void a_rank_with_a_larger_world_is_named(void **state)
{
    struct facts_client *wrong = NULL;

    (void)state;
    for (unsigned rank = 0; rank < RANKS; rank++) {
        struct facts_client *client = come(rank);

        if (rank == 3)
            wrong = client;
    }
    wait_for(wrong, GLOO "8");
    examine_stage();
    answer(RANKS, RANKS);
    find();
    assert_culprit(finding.culprits.first, CULPRIT_EXPECTS, wrong, 8);
    assert_null(finding.culprits.first->next);
    assert_int_equal(finding.culprits.world, 8);
}

/* Those that have died do not go on. */
static void the_last_one_that_waits_has_no_larger_world_than_those_that_have_left(void **state)
{
    struct facts_client *lost;

    (void)state;
    for (unsigned rank = 0; rank < 2; rank++)
        come(rank)->first_key = text(rank == 0 ? "/tcpstore/rank/0" : "/tcpstore/rank/1");
    wait_for(&clients[0], "/tcpstore/rank/2");
    lost = &clients[1];
    lost->has_left = true;
    examine_stages(1);
    stages.first->world = 3;
    answer(2, 2);
    find();
    assert_culprit(finding.culprits.first, CULPRIT_LEFT, lost, 1);
    assert_culprit(finding.culprits.first->next, CULPRIT_UNKNOWN, NULL, 2);
    assert_int_equal(finding.culprits.come, 2);
}

static void a_job_is_not_blamed_on_the_rank_of_another(void **state)
{
    struct facts_client *other, *own;

    (void)state;
    other = connect();
    other->first_key = text("/tcpstore/jobs/train-7/1");
    other->rank = 0;
    own = connect();
    own->rank = 1;
    wait_for(own, "/tcpstore/jobs/trian-7/1");
    examine_stage();
    find();
    assert_culprit(finding.culprits.first, CULPRIT_UNKNOWN, NULL, 0);
    assert_null(finding.culprits.first->next);
}

static void a_world_that_the_user_gives_shows_ranks_beyond_those_that_have_come(void **state)
{
    (void)state;
    all_but(3, GLOO "3");
    facts.world = 12;
    examine_stage();
    answer(RANKS, 3);
    find();
    assert_culprit(finding.culprits.first, CULPRIT_UNKNOWN, NULL, 3);
    assert_int_equal(finding.culprits.first->next->first, 8);
    assert_int_equal(finding.culprits.first->next->last, 11);
    assert_true(finding.culprits.is_known);
}

static void members_of_a_barrier_operation_are_counted_against_its_size(void **state)
{
    struct facts_client *silent;

    (void)state;
    for (unsigned rank = 0; rank < 3; rank++) {
        struct facts_client *client = come(rank);

        wait_for(client, "done");
        client->barrier_size = 4;
    }
    silent = come(3);
    examine_stage();
    find();
    assert_culprit(finding.culprits.first, CULPRIT_SILENT, silent, 3);
    assert_int_equal(finding.culprits.come, 3);
    assert_int_equal(finding.culprits.world, 4);
}

static void a_client_that_expects_a_larger_barrier_is_named(void **state)
{
    struct facts_client *wrong;

    (void)state;
    for (unsigned rank = 0; rank < 3; rank++) {
        struct facts_client *client = come(rank);

        wait_for(client, "done");
        client->barrier_size = 4;
    }
    wrong = &clients[1];
    wrong->barrier_size = 5;
    examine_stage();
    find();
    assert_int_equal(finding.culprits.first->kind, CULPRIT_EXPECTS);
    assert_ptr_equal(finding.culprits.first->client, wrong);
    assert_null(finding.culprits.first->next);
}

static void a_watch_for_an_event_has_no_culprit(void **state)
{
    (void)state;
    wait_for(come(0), "exception_dump");
    examine_stage();
    find();
    assert_true(stage_is_watched(stages.first));
    assert_null(finding.culprits.first);
}

#define SUBGROUP "/job-1/1/default_pg/0//2//cpu//0/"

/* The subgroup 4-7 has set its addresses, but for the rank `missing`, for which it waits. */
static void half_but(unsigned missing)
{
    char *awaited = keys[CLIENTS - 1];

    snprintf(awaited, sizeof(keys[0]), SUBGROUP "%u", missing - RANKS / 2);
    for (unsigned rank = 0; rank < RANKS; rank++) {
        struct facts_client *client = come(rank);

        client->silent_ms = WAITED_MS;
        if (rank >= RANKS / 2 && rank != missing)
            wait_for(client, awaited);
    }
    examine_stage();
    answer(RANKS / 2, missing - RANKS / 2);
    find();
}

static void a_rank_that_a_subgroup_waits_for_is_named_by_its_rank_in_the_job(void **state)
{
    (void)state;
    half_but(6);
    assert_culprit(finding.culprits.first, CULPRIT_SILENT, &clients[6], 6);
    assert_true(finding.culprits.first->is_sure);
    assert_null(finding.culprits.first->next);
    assert_int_equal(finding.culprits.world, 4);
    assert_int_equal(finding.culprits.come, 3);
}

static void the_last_rank_of_a_subgroup_follows_from_the_distance_of_the_others(void **state)
{
    (void)state;
    half_but(7);
    assert_culprit(finding.culprits.first, CULPRIT_SILENT, &clients[7], 7);
    assert_null(finding.culprits.first->next);
}

static void a_rank_of_a_subgroup_without_pattern_is_one_of_those_that_do_not_wait(void **state)
{
    (void)state;
    for (unsigned rank = 0; rank < 3; rank++)
        come(rank);
    wait_for(&clients[0], SUBGROUP "1");
    examine_stage();
    answer(1, RANKS);
    find();
    assert_culprit(finding.culprits.first, CULPRIT_UNKNOWN, NULL, 1);
    assert_true(finding.culprits.first->in_group);
    assert_culprit(finding.culprits.first->next, CULPRIT_SILENT, &clients[1], 1);
    assert_false(finding.culprits.first->next->is_sure);
    assert_culprit(finding.culprits.first->next->next, CULPRIT_SILENT, &clients[2], 2);
}

/* Hosts with two ranks each, of which the second never connects. */
static void a_rank_that_is_higher_than_the_number_of_clients_is_seen(void **state)
{
    (void)state;
    for (unsigned rank = 0; rank < 6; rank++)
        if (rank / 2 != 1)
            wait_for(come(rank), GLOO "2");
    spread_over_hosts();
    examine_stage();
    answer(2, RANKS);
    numbers_add(&stages.first->present, 4);
    numbers_add(&stages.first->present, 5);
    find();
    assert_int_equal(finding.culprits.world, 6);
    assert_int_equal(finding.culprits.first->kind, CULPRIT_HOST_NEVER);
    assert_int_equal(finding.culprits.first->last, 3);
}

static void a_rank_of_a_barrier_that_is_higher_than_the_number_of_clients_is_seen(void **state)
{
    (void)state;
    wait_for(come(6), BARRIER "last_member");
    come(7);
    examine_stage();
    stages.first->counted = 1;
    find();
    assert_int_equal(finding.culprits.first->kind, CULPRIT_UNKNOWN);
    assert_int_equal(finding.culprits.first->last, 5);
    assert_culprit(finding.culprits.first->next, CULPRIT_SILENT, &clients[1], 7);
    assert_null(finding.culprits.first->next->next);
}

static void a_client_with_an_absurd_rank_does_not_make_the_job_larger(void **state)
{
    (void)state;
    connect()->rank = 1000000;
    wait_for(come(0), GLOO "1");
    examine_stage();
    assert_true(stages.first->present.bound < 10000);
}

static void a_key_in_a_subgroup_tells_no_rank_of_the_job(void **state)
{
    (void)state;
    connect()->first_key = text(SUBGROUP "1");
    wait_for(come(0), GLOO "1");
    examine_stage();
    answer(1, RANKS);
    find();
    assert_culprit(finding.culprits.first, CULPRIT_UNKNOWN, NULL, 1);
}

static void an_agent_that_polls_may_be_the_one_that_publishes_no_address(void **state)
{
    struct facts_client *polling = connect();

    (void)state;
    polling->first_key = text("/torch.rendezvous.job-1");
    wait_for(connect(), "/torch.rendezvous.job-1.0/MASTER_ADDR");
    come(3); /* a rank is no agent */
    examine_stage();
    find();
    assert_culprit(finding.culprits.first, CULPRIT_UNKNOWN, NULL, 0);
    assert_culprit(finding.culprits.first->next, CULPRIT_BEFORE_KEY, polling, 0);
    assert_null(finding.culprits.first->next->next);
}

static void a_client_that_left_without_a_key_may_be_the_unknown_rank(void **state)
{
    struct facts_client *left;

    (void)state;
    all_but(5, GLOO "5");
    left = connect();
    left->has_left = true;
    left->connected_ms = 100000;
    left->left_ms = 5000;
    left->requests = 1;
    examine_stage();
    answer(RANKS, 5);
    find();
    assert_culprit(finding.culprits.first->next, CULPRIT_BEFORE_KEY, left, 0);
}

static void a_client_that_left_long_before_the_wait_is_not_suspected(void **state)
{
    struct facts_client *left;

    (void)state;
    all_but(5, GLOO "5");
    left = connect();
    left->has_left = true;
    left->left_ms = 500000;
    left->requests = 1;
    examine_stage();
    answer(RANKS, 5);
    find();
    assert_null(finding.culprits.first->next);
}

/* As the probes of Kubernetes. */
static void more_clients_that_left_than_ranks_are_missing_are_not_suspected(void **state)
{
    (void)state;
    all_but(5, GLOO "5");
    for (int i = 0; i < 2; i++) {
        struct facts_client *left = connect();

        left->has_left = true;
        left->connected_ms = 100000;
        left->left_ms = 5000;
        left->requests = 2;
    }
    examine_stage();
    answer(RANKS, 5);
    find();
    assert_null(finding.culprits.first->next);
}

/* As an operator's tcpstore-cli wait. */
static void a_client_that_came_long_after_the_wait_began_is_not_suspected(void **state)
{
    struct facts_client *left;

    (void)state;
    all_but(5, GLOO "5");
    left = connect();
    left->has_left = true;
    left->connected_ms = facts.clients[0].waiting_ms / 2 - 1;
    left->left_ms = 0;
    left->requests = 1;
    examine_stage();
    answer(RANKS, 5);
    find();
    assert_null(finding.culprits.first->next);
}

static void barrier_of(unsigned rank, int64_t size)
{
    struct facts_client *client = come(rank);

    wait_for(client, "epoch-1");
    client->barrier_size = size;
}

static void a_client_that_expects_a_smaller_barrier_than_most_is_named(void **state)
{
    (void)state;
    for (unsigned rank = 0; rank < 3; rank++)
        barrier_of(rank, rank == 1 ? 4 : 5);
    examine_stage();
    find();
    assert_int_equal(finding.culprits.first->kind, CULPRIT_EXPECTS);
    assert_ptr_equal(finding.culprits.first->client, &clients[1]);
    assert_null(finding.culprits.first->next);
}

static void a_rank_beyond_all_that_are_in_a_barrier_is_unknown(void **state)
{
    (void)state;
    for (unsigned rank = 0; rank < 3; rank++)
        barrier_of(rank, 4);
    examine_stage();
    find();
    assert_culprit(finding.culprits.first, CULPRIT_UNKNOWN, NULL, 3);
    assert_null(finding.culprits.first->next);
}

/* A client chooses the size, so the time must not depend on it. */
static void the_ranks_that_the_largest_barrier_lacks_are_one_culprit(void **state)
{
    (void)state;
    barrier_of(0, INT64_MAX);
    examine_stage();
    alarm(3);
    find();
    alarm(0);
    assert_int_equal(finding.culprits.first->first, 1);
    assert_int_equal(finding.culprits.first->last, UINT32_MAX - 1);
    assert_null(finding.culprits.first->next);
}

static void more_absent_ranks_than_a_barrier_needs_are_suspects(void **state)
{
    (void)state;
    barrier_of(0, 2);
    come(1);
    come(2);
    examine_stage();
    find();
    assert_culprit(finding.culprits.first, CULPRIT_SILENT, &clients[1], 1);
    assert_false(finding.culprits.first->is_sure);
    assert_culprit(finding.culprits.first->next, CULPRIT_SILENT, &clients[2], 2);
}

static void barriers_of_different_names_are_different_stages(void **state)
{
    (void)state;
    barrier_of(0, 2);
    barrier_of(1, 2);
    clients[1].awaited = text("epoch-2");
    assert_int_equal(identities_init(&identities, &memory, &facts), 0);
    assert_int_equal(stages_init(&stages, &memory, &hash_key, &facts, &identities), 0);
    assert_int_equal(stages.count, 2);
}

static void a_rank_that_is_connected_twice_is_named_before_the_one_that_is_missing(void **state)
{
    (void)state;
    for (unsigned rank = 0; rank < 4; rank++)
        wait_for(come(rank == 3 ? 2 : rank), GLOO "3");
    examine_stage();
    answer(3, RANKS);
    find();
    assert_culprit(finding.culprits.first, CULPRIT_TWICE, &clients[2], 2);
    assert_ptr_equal(finding.culprits.first->other, &clients[3]);
    assert_culprit(finding.culprits.first->next, CULPRIT_UNKNOWN, NULL, 3);
}

static void a_rank_that_has_connected_again_is_not_there_twice(void **state)
{
    (void)state;
    for (unsigned rank = 0; rank < 4; rank++)
        wait_for(come(rank == 3 ? 2 : rank), GLOO "3");
    clients[2].has_left = true;
    clients[2].awaited_count = 0;
    examine_stage();
    answer(3, RANKS);
    find();
    assert_culprit(finding.culprits.first, CULPRIT_UNKNOWN, NULL, 3);
}

#define OTHER "/job-2/1/default_pg/0//cpu//0/"

/* Ranks 0 and 1 are in one job, 2 and 3 in another. Finds the first one's culprits. */
static void split(uint32_t present_in_other)
{
    wait_for(come(0), GLOO "2");
    wait_for(come(1), GLOO "2");
    for (unsigned at = 2; at < 4; at++) {
        wait_for(come(at), OTHER "0");
        snprintf(keys[at], sizeof(keys[at]), OTHER "%u", at);
    }
    assert_int_equal(identities_init(&identities, &memory, &facts), 0);
    assert_int_equal(stages_init(&stages, &memory, &hash_key, &facts, &identities), 0);
    if (stages.first->lowest == 0)
        stages.first = stages.first->next;
    answer(2, RANKS);
    numbers_add((struct numbers *)&identities.of[2].stage->present, present_in_other);
    assert_int_equal(
        finding_init(&finding, &memory, &hash_key, stages.first, &facts, &identities), 0);
}

static void a_rank_that_waits_under_another_prefix_is_named(void **state)
{
    (void)state;
    split(2);
    assert_culprit(finding.culprits.first, CULPRIT_ELSEWHERE, &clients[2], 2);
}

static void a_job_with_the_same_ranks_is_another_job(void **state)
{
    (void)state;
    split(1);
    assert_culprit(finding.culprits.first, CULPRIT_UNKNOWN, NULL, 2);
}

static void a_worker_of_rpc_is_known_by_its_rank(void **state)
{
    struct facts_client *silent;

    (void)state;
    wait_for(connect(), "/rpc_prefix_0/0/1");
    silent = connect();
    silent->rank = 1;
    examine_stage();
    answer(1, RANKS);
    find();
    assert_culprit(finding.culprits.first, CULPRIT_SILENT, silent, 1);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_rank_that_never_starts_is_unknown),
        TEST(a_rank_is_known_by_its_key_and_an_agent_is_not_suspected),
        TEST(a_host_with_fewer_ranks_than_others_is_named),
        TEST(ranks_of_a_host_that_never_connects_are_one_culprit),
        TEST(a_client_without_a_key_may_be_the_unknown_rank),
        TEST(a_rank_that_has_left_before_a_barrier_is_named),
        TEST(a_rank_that_is_connected_but_does_not_come_is_silent),
        TEST(a_rank_with_a_larger_world_is_named),
        TEST(the_last_one_that_waits_has_no_larger_world_than_those_that_have_left),
        TEST(a_job_is_not_blamed_on_the_rank_of_another),
        TEST(a_world_that_the_user_gives_shows_ranks_beyond_those_that_have_come),
        TEST(members_of_a_barrier_operation_are_counted_against_its_size),
        TEST(a_client_that_expects_a_larger_barrier_is_named),
        TEST(a_watch_for_an_event_has_no_culprit),
        TEST(a_rank_that_is_connected_twice_is_named_before_the_one_that_is_missing),
        TEST(a_rank_that_has_connected_again_is_not_there_twice),
        TEST(a_rank_that_waits_under_another_prefix_is_named),
        TEST(a_job_with_the_same_ranks_is_another_job),
        TEST(a_worker_of_rpc_is_known_by_its_rank),
        TEST(a_rank_that_a_subgroup_waits_for_is_named_by_its_rank_in_the_job),
        TEST(the_last_rank_of_a_subgroup_follows_from_the_distance_of_the_others),
        TEST(a_rank_of_a_subgroup_without_pattern_is_one_of_those_that_do_not_wait),
        TEST(a_rank_that_is_higher_than_the_number_of_clients_is_seen),
        TEST(a_rank_of_a_barrier_that_is_higher_than_the_number_of_clients_is_seen),
        TEST(a_client_with_an_absurd_rank_does_not_make_the_job_larger),
        TEST(a_key_in_a_subgroup_tells_no_rank_of_the_job),
        TEST(an_agent_that_polls_may_be_the_one_that_publishes_no_address),
        TEST(a_client_that_left_without_a_key_may_be_the_unknown_rank),
        TEST(a_client_that_left_long_before_the_wait_is_not_suspected),
        TEST(a_client_that_came_long_after_the_wait_began_is_not_suspected),
        TEST(more_clients_that_left_than_ranks_are_missing_are_not_suspected),
        TEST(a_client_that_expects_a_smaller_barrier_than_most_is_named),
        TEST(a_rank_beyond_all_that_are_in_a_barrier_is_unknown),
        TEST(the_ranks_that_the_largest_barrier_lacks_are_one_culprit),
        TEST(more_absent_ranks_than_a_barrier_needs_are_suspects),
        TEST(barriers_of_different_names_are_different_stages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
