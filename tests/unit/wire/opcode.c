#include "wire/opcode.h"

#include "support/requests.h"
#include "support/test.h"

static void every_operation_has_the_protocols_number_and_name(void **state)
{
    static const char *const names[] = {
        "VALIDATE",  "SET",       "COMPARE_SET", "GET",        "ADD",
        "CHECK",     "WAIT",      "GETNUMKEYS",  "DELETE_KEY", "APPEND",
        "MULTI_GET", "MULTI_SET", "CANCEL_WAIT", "PING",       "QUEUE_PUSH",
        "QUEUE_POP", "QUEUE_LEN", "LIST_KEYS",   "BARRIER",
    };

    (void)state;
    assert_int_equal(WIRE_OPCODE_COUNT, sizeof(names) / sizeof(names[0]));
    for (unsigned i = 0; i < WIRE_OPCODE_COUNT; i++) {
        assert_string_equal(wire_opcode_name((uint8_t)i), names[i]);
        assert_string_equal(wire_layout_of((uint8_t)i)->name, names[i]);
    }
}

static void other_bytes_are_no_operations(void **state)
{
    (void)state;
    for (int byte = WIRE_OPCODE_COUNT; byte < 256; byte++) {
        assert_null(wire_layout_of((uint8_t)byte));
        assert_string_equal(wire_opcode_name((uint8_t)byte), "unknown");
    }
}

static void just_the_many_keyed_operations_are_counted(void **state)
{
    (void)state;
    for (unsigned i = 0; i < WIRE_OPCODE_COUNT; i++) {
        bool counted = i == OP_CHECK || i == OP_WAIT || i == OP_MULTI_GET || i == OP_MULTI_SET;

        assert_int_equal(wire_layout_of((uint8_t)i)->counted, counted);
    }
}

static void a_request_without_bytes_takes_the_least(void **state)
{
    static const uint8_t least[] = {4, 16, 24, 8, 16, 8, 8, 0, 8, 16,
                                    8, 16, 0,  4, 16, 8, 8, 0, 16};

    (void)state;
    for (unsigned i = 0; i < WIRE_OPCODE_COUNT; i++)
        assert_int_equal(wire_layout_of((uint8_t)i)->least, least[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_operation_has_the_protocols_number_and_name),
        cmocka_unit_test(other_bytes_are_no_operations),
        cmocka_unit_test(just_the_many_keyed_operations_are_counted),
        cmocka_unit_test(a_request_without_bytes_takes_the_least),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
