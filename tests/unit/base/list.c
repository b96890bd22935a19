#include "base/list.h"

#include "base/container.h"
#include "support/test.h"

struct member {
    char name;
    struct list link;
};

/* The members' names, first to last, and the same backwards. */
static void assert_names(const struct list *head, const char *names)
{
    size_t count = strlen(names);
    const struct list *forward = head;
    const struct list *backward = head;

    for (size_t i = 0; i < count; i++) {
        forward = forward->next;
        backward = backward->prev;
        assert_ptr_not_equal(forward, head);
        assert_int_equal(CONTAINER_OF(forward, struct member, link)->name, names[i]);
        assert_int_equal(
            CONTAINER_OF(backward, struct member, link)->name, names[count - 1 - i]);
    }
    assert_ptr_equal(forward->next, head);
    assert_ptr_equal(backward->prev, head);
}

static void a_new_list_is_empty(void **state)
{
    struct list head;

    (void)state;
    list_init(&head);
    assert_true(list_is_empty(&head));
    assert_names(&head, "");
}

static void members_are_in_the_order_they_came(void **state)
{
    struct list head;
    struct member a = {.name = 'a'}, b = {.name = 'b'}, c = {.name = 'c'};

    (void)state;
    list_init(&head);
    list_append(&head, &a.link);
    list_append(&head, &b.link);
    list_append(&head, &c.link);
    assert_false(list_is_empty(&head));
    assert_names(&head, "abc");
}

static void any_member_can_leave(void **state)
{
    struct list head;
    struct member a = {.name = 'a'}, b = {.name = 'b'}, c = {.name = 'c'};

    (void)state;
    list_init(&head);
    list_append(&head, &a.link);
    list_append(&head, &b.link);
    list_append(&head, &c.link);
    list_remove(&b.link);
    assert_names(&head, "ac");
    list_remove(&a.link);
    assert_names(&head, "c");
    list_remove(&c.link);
    assert_true(list_is_empty(&head));
}

static void only_a_member_is_linked(void **state)
{
    struct list head;
    struct member a = {.name = 'a'};

    (void)state;
    list_init(&head);
    assert_false(list_is_linked(&a.link));
    list_append(&head, &a.link);
    assert_true(list_is_linked(&a.link));
    list_remove(&a.link);
    assert_false(list_is_linked(&a.link));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_list_is_empty),
        cmocka_unit_test(members_are_in_the_order_they_came),
        cmocka_unit_test(any_member_can_leave),
        cmocka_unit_test(only_a_member_is_linked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
