/* The hosts of a job: what their clients do, and which ranks they lack. */
#include "why/hosts.h"

#include <stdio.h>

#include "unit/why/job.h"
#include "why/report.h"

enum { HOSTS = 4, RANKS_EACH = 2, HANG_MS = 5000 };

#define GLOO "default_pg/0//cpu//0/"

static struct report report;

static int set_up(void **state)
{
    (void)state;
    job_begin();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    report_done(&report);
    job_end();
    return 0;
}

static struct facts_client *connect(unsigned host)
{
    size_t at = facts.client_count++;
    struct facts_client *client = &clients[at];

    snprintf(peers[at], sizeof(peers[at]), "10.0.0.%u:40000", host % 10);
    *client = (struct facts_client){
        .peer = text(peers[at]), .host_len = 8, .silent_ms = WAITED_MS, .rank = -1};
    return client;
}

static struct facts_client *come(unsigned rank)
{
    char *key = keys[facts.client_count];
    struct facts_client *client = connect(rank / RANKS_EACH);

    snprintf(key, sizeof(keys[0]), GLOO "%u", rank);
    client->first_key = text(key);
    return client;
}

/* The ranks from `first` to `last` have not come; the others wait for the first. */
static void all_but(unsigned first, unsigned last)
{
    static char key[64];

    snprintf(key, sizeof(key), GLOO "%u", first);
    for (unsigned rank = 0; rank < HOSTS * RANKS_EACH; rank++)
        if (rank < first || rank > last)
            wait_for(come(rank), key);
}

static void find(unsigned first, unsigned last)
{
    assert_int_equal(report_init(&report, &memory, &hash_key, &facts), 0);
    report.hang_ms = HANG_MS;
    if (report.stages.first != NULL)
        for (unsigned rank = 0; rank < HOSTS * RANKS_EACH; rank++)
            if (rank < first || rank > last)
                numbers_add(&report.stages.first->present, rank);
    assert_int_equal(report_find(&report), 0);
}

static struct host *host_at(size_t index)
{
    struct host *host = report.hosts.first;

    while (index-- > 0)
        host = host->next;
    return host;
}

static void assert_name(const struct host *host, const char *expected)
{
    assert_true(span_equal(host_name(host), text(expected)));
}

static void a_host_with_waiting_ranks_waits(void **state)
{
    const struct host *host;

    (void)state;
    all_but(5, 5);
    find(5, 5);
    host = host_at(0);
    assert_int_equal(report.hosts.count, HOSTS);
    assert_name(host, "10.0.0.0");
    assert_int_equal(host_state(host), HOST_WAITING);
    assert_int_equal(host->clients, 2);
    assert_int_equal(host->waiting, 2);
    assert_int_equal(host->running, 0);
    assert_int_equal(host->longest_ms, WAITED_MS);
    assert_int_equal(host->ranks->first, 0);
    assert_int_equal(host->ranks->last, 1);
    assert_null(host->missing);
}

static void a_host_that_lacks_a_rank_misses_it(void **state)
{
    const struct host *host;

    (void)state;
    all_but(5, 5);
    find(5, 5);
    host = host_at(2);
    assert_name(host, "10.0.0.2");
    assert_int_equal(host_state(host), HOST_MISSING);
    assert_int_equal(host->ranks->last, 4);
    assert_int_equal(host->missing->first, 5);
    assert_int_equal(host->missing->last, 5);
}

static void a_host_that_never_connects_is_named_by_its_place(void **state)
{
    const struct host *host;

    (void)state;
    all_but(4, 5);
    find(4, 5);
    assert_int_equal(report.hosts.count, HOSTS);
    host = host_at(HOSTS - 1);
    assert_name(host, "?2");
    assert_int_equal(host_state(host), HOST_MISSING);
    assert_int_equal(host->clients, 0);
    assert_int_equal(host->missing->first, 4);
    assert_int_equal(host->missing->last, 5);
}

static void a_host_with_a_client_before_its_first_key_is_silent(void **state)
{
    const struct host *host;

    (void)state;
    all_but(4, 5);
    (void)connect(7);
    find(4, 5);
    host = host_at(HOSTS - 1);
    assert_name(host, "10.0.0.7");
    assert_int_equal(host_state(host), HOST_SILENT);
    assert_int_equal(host->silent, 1);
    assert_int_equal(host->running, 0);
}

static void a_host_misses_nothing_before_the_wait_counts_as_a_hang(void **state)
{
    (void)state;
    all_but(5, 5);
    for (size_t i = 0; i < facts.client_count; i++)
        clients[i].waiting_ms = HANG_MS - 1;
    find(5, 5);
    assert_int_equal(host_state(host_at(2)), HOST_WAITING);
}

static void a_client_that_watches_for_an_event_runs(void **state)
{
    (void)state;
    wait_for(come(0), "exception_dump");
    find(0, 0);
    assert_int_equal(host_state(host_at(0)), HOST_RUNNING);
    assert_int_equal(host_at(0)->running, 1);
}

static void a_host_that_all_clients_have_left_is_not_listed(void **state)
{
    (void)state;
    come(0)->has_left = true;
    come(2);
    find(0, 0);
    assert_int_equal(report.hosts.count, 1);
    assert_name(host_at(0), "10.0.0.1");
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_host_with_waiting_ranks_waits),
        TEST(a_host_that_lacks_a_rank_misses_it),
        TEST(a_host_that_never_connects_is_named_by_its_place),
        TEST(a_host_with_a_client_before_its_first_key_is_silent),
        TEST(a_host_misses_nothing_before_the_wait_counts_as_a_hang),
        TEST(a_client_that_watches_for_an_event_runs),
        TEST(a_host_that_all_clients_have_left_is_not_listed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
