#include "base/list.h"

#include "base/container.h"
#include "support/test.h"

struct member {
    char name;
    struct list link;
};

/* Checks the names of the members, forwards and backwards. */
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

static void members_stay_in_the_order_of_appending(void **state)
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

static void members_are_inserted_after_the_head_or_another_member(void **state)
{
    struct list head;
    struct member a = {.name = 'a'}, b = {.name = 'b'}, c = {.name = 'c'}, d = {.name = 'd'};

    (void)state;
    list_init(&head);
    list_insert_after(&head, &b.link);
    list_insert_after(&head, &a.link);
    list_insert_after(&b.link, &d.link);
    list_insert_after(&b.link, &c.link);
    assert_names(&head, "abcd");
}

static void a_replaced_member_gives_its_place_away(void **state)
{
    struct list head;
    struct member a = {.name = 'a'}, b = {.name = 'b'}, c = {.name = 'c'}, d = {.name = 'd'};

    (void)state;
    list_init(&head);
    list_append(&head, &a.link);
    list_replace(&a.link, &b.link);
    assert_names(&head, "b");
    list_append(&head, &a.link);
    list_replace(&b.link, &c.link);
    list_replace(&a.link, &d.link);
    assert_names(&head, "cd");
}

static void any_member_can_be_removed(void **state)
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

static void a_removed_member_is_not_linked(void **state)
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
        cmocka_unit_test(members_stay_in_the_order_of_appending),
        cmocka_unit_test(members_are_inserted_after_the_head_or_another_member),
        cmocka_unit_test(a_replaced_member_gives_its_place_away),
        cmocka_unit_test(any_member_can_be_removed),
        cmocka_unit_test(a_removed_member_is_not_linked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
