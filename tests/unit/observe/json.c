#include "observe/json.h"

#include <stdlib.h>
#include <string.h>

#include "support/heap.h"
#include "support/test.h"

static void bytes_are_shown_as_printable_ascii(void **state)
{
    char *shown = json_show(span_of("a \"\\\n\0\xc3\xa4\x7f", 9));

    (void)state;
    assert_string_equal(shown, "a \"\\\\\\x0a\\x00\\xc3\\xa4\\x7f");
    free(shown);
    shown = json_show(span_of(NULL, 0));
    assert_string_equal(shown, "");
    free(shown);
}

/* As when memory was refused for it. */
static void a_value_that_is_missing_makes_no_member(void **state)
{
    json_t *object = json_object();

    (void)state;
    json_set(object, "missing", NULL);
    json_set_number(object, "number", 7);
    json_set(object, "seconds", json_seconds(1500));
    json_set(object, "none", json_bytes_or_null(span_of("", 0)));
    assert_int_equal(json_object_size(object), 3);
    assert_true(json_real_value(json_object_get(object, "seconds")) == 1.5);
    assert_true(json_is_null(json_object_get(object, "none")));
    json_decref(object);
    json_set(NULL, "a", json_true());
}

static void what_lacks_something_is_not_written(void **state)
{
    json_t *array = json_array();
    size_t len;
    char *text;

    (void)state;
    json_append(array, NULL);
    assert_null(json_write(array, &len));
    json_append(array, json_seconds(100));
    text = json_write(array, &len);
    assert_spans_equal(span_of(text, len), span_of("[\n 0.1\n]\n", 9));
    free(text);
    json_decref(array);
}

static void without_memory_nothing_is_written(void **state)
{
    json_t *object = json_object();
    size_t nth = 0;
    size_t len;
    char *text = NULL;

    (void)state;
    for (char name[] = "a"; name[0] <= 'z'; name[0]++)
        json_set_text(object, name, "a text that makes the whole longer");
    do {
        free(text);
        heap_refuse(++nth);
        text = json_write(object, &len);
        assert_true(heap_has_refused() == (text == NULL));
    } while (text == NULL);
    heap_refuse(0);
    assert_in_range(nth, 3, 20);
    free(text);
    json_decref(object);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_are_shown_as_printable_ascii),
        cmocka_unit_test(a_value_that_is_missing_makes_no_member),
        cmocka_unit_test(what_lacks_something_is_not_written),
        cmocka_unit_test(without_memory_nothing_is_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
