/* Lines that clients cause: what they say, and which of them are suppressed. */
#include "server/client_log.h"

#include <stdio.h>

#include "support/test.h"

static const char reason[] = "too many";

/* The log of a client_log, on a loop that never runs except to close its handles. */
struct fixture {
    uv_loop_t loop;
    struct client_log client_log;
    int count;
    enum tcpstore_log_level level;
    char line[2048];
};

static void capture(void *context, enum tcpstore_log_level level, const char *line)
{
    struct fixture *fixture = context;

    fixture->count++;
    fixture->level = level;
    snprintf(fixture->line, sizeof(fixture->line), "%s", line);
}

static void begin(struct fixture *fixture, enum tcpstore_log_level level)
{
    const struct log log = {.write = capture, .context = fixture, .level = level};

    fixture->count = 0;
    assert_int_equal(uv_loop_init(&fixture->loop), 0);
    client_log_init(&fixture->client_log, &fixture->loop, &log);
}

static void end(struct fixture *fixture)
{
    client_log_close(&fixture->client_log);
    assert_int_equal(uv_run(&fixture->loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(uv_loop_close(&fixture->loop), 0);
}

static void refuse(struct fixture *fixture, const char *host)
{
    union address peer;

    assert_true(address_parse(host, 29500, &peer));
    client_log_write(
        &fixture->client_log, TCPSTORE_LOG_WARN, "refused", reason, &peer, "reason=\"%s\"",
        reason);
}

/* Uses up the burst of the host's network, and has `suppressed` more lines suppressed. */
static void exhaust(struct fixture *fixture, const char *host, int suppressed)
{
    int before = fixture->count;

    for (int i = 0; i < THROTTLE_BURST + suppressed; i++)
        refuse(fixture, host);
    assert_int_equal(fixture->count, before + THROTTLE_BURST);
}

static void write_names_the_client_before_the_words(void **state)
{
    struct fixture fixture;

    (void)state;
    begin(&fixture, TCPSTORE_LOG_INFO);
    refuse(&fixture, "10.0.0.7");
    assert_int_equal(fixture.level, TCPSTORE_LOG_WARN);
    assert_string_equal(
        fixture.line, "event=refused client=10.0.0.7:29500 reason=\"too many\"");
    client_log_write(
        &fixture.client_log, TCPSTORE_LOG_INFO, "paused", NULL, NULL, "clients=%d", 7);
    assert_string_equal(fixture.line, "event=paused clients=7");
    end(&fixture);
}

static void write_below_the_level_writes_and_counts_nothing(void **state)
{
    struct fixture fixture;

    (void)state;
    begin(&fixture, TCPSTORE_LOG_WARN);
    for (int i = 0; i < 2 * THROTTLE_BURST; i++)
        client_log_write(
            &fixture.client_log, TCPSTORE_LOG_INFO, "paused", NULL, NULL, "n=%d", i);
    end(&fixture);
    assert_int_equal(fixture.count, 0);
}

static void write_beyond_the_burst_is_suppressed_for_that_network_only(void **state)
{
    struct fixture fixture;

    (void)state;
    begin(&fixture, TCPSTORE_LOG_INFO);
    exhaust(&fixture, "10.0.0.7", 3);
    exhaust(&fixture, "10.0.1.7", 1);
    exhaust(&fixture, "fd00::7", 1);
    refuse(&fixture, "10.0.0.200"); /* the same /24 */
    refuse(&fixture, "::ffff:10.0.0.9");
    refuse(&fixture, "fd00::1:2:3:4"); /* the same /64 */
    assert_int_equal(fixture.count, 3 * THROTTLE_BURST);
    end(&fixture);
}

static void clients_of_unix_sockets_count_as_one_network(void **state)
{
    union address peer = {.unix_peer = {.family = AF_UNIX}};
    struct fixture fixture;

    (void)state;
    begin(&fixture, TCPSTORE_LOG_INFO);
    for (int i = 0; i < THROTTLE_BURST + 1; i++) {
        peer.unix_peer.pid = i + 1;
        client_log_write(
            &fixture.client_log, TCPSTORE_LOG_WARN, "refused", reason, &peer, "n=%d", i);
        if (i == 0)
            assert_string_equal(fixture.line, "event=refused client=unix:1 n=0");
    }
    assert_int_equal(fixture.count, THROTTLE_BURST);
    refuse(&fixture, "10.0.0.7");
    assert_int_equal(fixture.count, THROTTLE_BURST + 1);
    end(&fixture);
}

static void write_at_debug_level_is_never_suppressed(void **state)
{
    struct fixture fixture;

    (void)state;
    begin(&fixture, TCPSTORE_LOG_DEBUG);
    for (int i = 0; i < 2 * THROTTLE_BURST; i++)
        client_log_write(
            &fixture.client_log, TCPSTORE_LOG_DEBUG, "accepted", NULL, NULL, "n=%d", i);
    assert_int_equal(fixture.count, 2 * THROTTLE_BURST);
    end(&fixture);
}

static void close_reports_the_suppressed_lines_of_each_network(void **state)
{
    struct fixture fixture;

    (void)state;
    begin(&fixture, TCPSTORE_LOG_INFO);
    exhaust(&fixture, "10.0.0.7", 3);
    end(&fixture);
    assert_int_equal(fixture.count, THROTTLE_BURST + 1);
    assert_string_equal(
        fixture.line,
        "event=log-suppressed kind=refused network=10.0.0.0/24 suppressed=3 reason=\"too "
        "many\"");
    begin(&fixture, TCPSTORE_LOG_INFO);
    exhaust(&fixture, "fd00::7", 1);
    end(&fixture);
    assert_non_null(strstr(fixture.line, "network=fd00::/64 suppressed=1 "));
}

static void suppressed_lines_of_a_quiet_network_are_reported_by_a_timer(void **state)
{
    struct fixture fixture;
    const uv_handle_t *timer = (const uv_handle_t *)&fixture.client_log.timer;
    uint64_t due;

    (void)state;
    begin(&fixture, TCPSTORE_LOG_INFO);
    exhaust(&fixture, "10.0.0.7", 0);
    assert_false(uv_is_active(timer));
    refuse(&fixture, "10.0.0.7");
    assert_true(uv_is_active(timer));
    due = uv_timer_get_due_in(&fixture.client_log.timer);
    assert_in_range(due, 1, THROTTLE_REFILL_MS);
    end(&fixture);
}

static void write_of_long_words_cuts_them(void **state)
{
    struct fixture fixture;
    char words[1000];

    (void)state;
    memset(words, 'x', sizeof(words) - 1);
    words[sizeof(words) - 1] = '\0';
    begin(&fixture, TCPSTORE_LOG_INFO);
    client_log_write(&fixture.client_log, TCPSTORE_LOG_INFO, "event", NULL, NULL, "%s", words);
    assert_int_equal(strlen(fixture.line), strlen("event=event ") + 511);
    end(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(write_names_the_client_before_the_words),
        cmocka_unit_test(write_below_the_level_writes_and_counts_nothing),
        cmocka_unit_test(write_beyond_the_burst_is_suppressed_for_that_network_only),
        cmocka_unit_test(clients_of_unix_sockets_count_as_one_network),
        cmocka_unit_test(write_at_debug_level_is_never_suppressed),
        cmocka_unit_test(close_reports_the_suppressed_lines_of_each_network),
        cmocka_unit_test(suppressed_lines_of_a_quiet_network_are_reported_by_a_timer),
        cmocka_unit_test(write_of_long_words_cuts_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
