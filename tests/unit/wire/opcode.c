#include "wire/opcode.h"

#include "support/requests.h"
#include "support/test.h"

static void each_operation_has_the_number_and_name_of_the_protocol(void **state)
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

static void an_unknown_opcode_has_no_layout(void **state)
{
    (void)state;
    for (int byte = WIRE_OPCODE_COUNT; byte < 256; byte++) {
        assert_null(wire_layout_of((uint8_t)byte));
        assert_string_equal(wire_opcode_name((uint8_t)byte), "unknown");
    }
}

static void only_operations_with_many_keys_are_counted(void **state)
{
    (void)state;
    for (unsigned i = 0; i < WIRE_OPCODE_COUNT; i++) {
        bool counted = i == OP_CHECK || i == OP_WAIT || i == OP_MULTI_GET || i == OP_MULTI_SET;

        assert_int_equal(wire_layout_of((uint8_t)i)->counted, counted);
    }
}

static void min_size_is_the_size_of_empty_fields(void **state)
{
    static const uint8_t sizes[] = {4, 16, 24, 8, 16, 8, 8, 0, 8, 16,
                                    8, 16, 0,  4, 16, 8, 8, 0, 16};

    (void)state;
    for (unsigned i = 0; i < WIRE_OPCODE_COUNT; i++)
        assert_int_equal(wire_layout_of((uint8_t)i)->min_size, sizes[i]);
}

static void only_operations_that_store_carry_a_value(void **state)
{
    const uint8_t storing[] = {OP_SET, OP_COMPARE_SET, OP_APPEND, OP_MULTI_SET, OP_QUEUE_PUSH};

    (void)state;
    for (int opcode = 0; opcode <= UINT8_MAX; opcode++)
        assert_int_equal(
            wire_carries_value((uint8_t)opcode),
            memchr(storing, opcode, sizeof(storing)) != NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_operation_has_the_number_and_name_of_the_protocol),
        cmocka_unit_test(an_unknown_opcode_has_no_layout),
        cmocka_unit_test(only_operations_with_many_keys_are_counted),
        cmocka_unit_test(min_size_is_the_size_of_empty_fields),
        cmocka_unit_test(only_operations_that_store_carry_a_value),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
