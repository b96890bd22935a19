/* The reason of each refusal, as the log shows it. */
#include "server/refusal.h"

#include <stdio.h>

#include "support/test.h"

static void assert_text(
    const struct refusal *refusal, const struct memories *memories, const char *expected)
{
    char words[REFUSAL_MAX];

    assert_ptr_equal(refusal_format(refusal, memories, words), words);
    assert_string_equal(words, expected);
}

static void assert_reason(struct refusal refusal, const char *expected)
{
    refusal.operation = "SET";
    assert_text(&refusal, NULL, expected);
}

static void a_limit_is_written_with_the_number_that_exceeds_it(void **state)
{
    (void)state;
    assert_reason(
        (struct refusal){.code = TCPSTORE_EKEYSIZE, .actual = 9000, .limit = 8192},
        "operation=SET reason=\"key too long: 9000 bytes, at most 8192 allowed\"");
    assert_reason(
        (struct refusal){.code = TCPSTORE_EVALUESIZE, .actual = UINT64_MAX, .limit = 8},
        "operation=SET reason=\"value too long: 18446744073709551615 bytes, at most 8 "
        "allowed\"");
    assert_reason(
        (struct refusal){.code = TCPSTORE_EKEYCOUNT, .actual = 5, .limit = 4},
        "operation=SET reason=\"too many keys in one request: 5 keys, at most 4 allowed\"");
    assert_reason(
        (struct refusal){.code = TCPSTORE_EQUEUEFULL, .actual = 5, .limit = 4},
        "operation=SET reason=\"queue is full: 5 entries, at most 4 allowed\"");
    assert_reason(
        (struct refusal){.code = TCPSTORE_EOUTPUT, .limit = 1024},
        "operation=SET reason=\"more than 1024 bytes of replies would wait to be sent "
        "(output_hard_cap)\"");
}

static void advice_follows_the_limit(void **state)
{
    (void)state;
    assert_reason(
        (struct refusal){
            .code = TCPSTORE_EVALUESIZE, .actual = 5, .limit = 4, .advice = "raise it"},
        "operation=SET reason=\"value too long: 5 bytes, at most 4 allowed; raise it\"");
}

static void other_codes_are_written_as_text(void **state)
{
    char expected[REFUSAL_MAX];

    (void)state;
    assert_reason(
        (struct refusal){.code = TCPSTORE_EOPCODE, .actual = 99},
        "operation=SET reason=\"unknown operation 99\"");
    assert_reason(
        (struct refusal){.code = TCPSTORE_ETIMEDOUT},
        "operation=SET reason=\"did not validate in time: not a TCPStore client, or a stalled "
        "one\"");
    snprintf(
        expected, sizeof(expected), "operation=SET reason=\"%s\"",
        tcpstore_strerror(TCPSTORE_ESYSTEM));
    assert_reason((struct refusal){.code = TCPSTORE_ESYSTEM}, expected);
}

static void the_key_is_quoted(void **state)
{
    struct refusal refusal = {
        .code = TCPSTORE_EOPCODE, .operation = "ADD", .key = text("a \"key\""), .actual = 1};

    (void)state;
    assert_text(
        &refusal, NULL, "operation=ADD key=\"a \\\"key\\\"\" reason=\"unknown operation 1\"");
}

static void the_longest_key_and_reason_fit(void **state)
{
    uint8_t bytes[8192] = {0};
    struct refusal refusal = {
        .code = TCPSTORE_EVALUESIZE,
        .operation = "COMPARE_SET",
        .key = span_of(bytes, sizeof(bytes)),
        .actual = UINT64_MAX,
        .limit = UINT64_MAX,
        .advice = "raise output_hard_cap, so that it can be sent",
    };
    char words[REFUSAL_MAX];

    (void)state;
    memset(bytes, 0xff, sizeof(bytes));
    refusal_format(&refusal, NULL, words);
    assert_non_null(strstr(words, "…\" reason="));
    assert_string_equal(words + strlen(words) - strlen("can be sent\""), "can be sent\"");
}

static void assert_out_of_memory(
    struct memories *memories, const struct memory *refuser, const char *expected)
{
    const struct refusal refusal = {.code = TCPSTORE_ENOMEM, .operation = "SET"};

    memories->stored.refuser = refuser;
    assert_text(&refusal, memories, expected);
}

static void out_of_memory_says_which_memory_is_full(void **state)
{
    struct memories memories = {
        .stored = {.used = 90, .limit = 100},
        .serving = {.limit = 120},
        .local = {.limit = 150},
    };

    (void)state;
    assert_out_of_memory(
        &memories, &memories.stored,
        "operation=SET reason=\"out of memory: 90 bytes in use, 100 allowed; clients can read "
        "and delete\"");
    assert_out_of_memory(
        &memories, &memories.serving,
        "operation=SET reason=\"out of memory: 90 bytes in use, 120 allowed; clients on this "
        "host can read and delete\"");
    assert_out_of_memory(
        &memories, &memories.local,
        "operation=SET reason=\"out of memory: 90 bytes in use, 150 allowed, including the "
        "reserve for clients on this host\"");
    memories.stored.exhausted = true;
    assert_out_of_memory(
        &memories, &memories.local,
        "operation=SET reason=\"out of memory: 90 bytes in use, 150 allowed, but the system "
        "has no more\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_limit_is_written_with_the_number_that_exceeds_it),
        cmocka_unit_test(advice_follows_the_limit),
        cmocka_unit_test(other_codes_are_written_as_text),
        cmocka_unit_test(the_key_is_quoted),
        cmocka_unit_test(the_longest_key_and_reason_fit),
        cmocka_unit_test(out_of_memory_says_which_memory_is_full),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
