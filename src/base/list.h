/* An intrusive doubly linked list: it allocates nothing and removes a member in constant time.
 * The head is a link that belongs to no member. */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>

struct list {
    struct list *next;
    struct list *prev;
};

static inline void list_init(struct list *head)
{
    head->next = head;
    head->prev = head;
}

static inline bool list_is_empty(const struct list *head)
{
    return head->next == head;
}

static inline void list_append(struct list *head, struct list *member)
{
    member->next = head;
    member->prev = head->prev;
    head->prev->next = member;
    head->prev = member;
}

/* Appends all members of `from`, which is empty then. */
static inline void list_append_all(struct list *head, struct list *from)
{
    if (list_is_empty(from))
        return;
    from->next->prev = head->prev;
    from->prev->next = head;
    head->prev->next = from->next;
    head->prev = from->prev;
    list_init(from);
}

/* `link` is a member or the head. */
static inline void list_insert_after(struct list *link, struct list *member)
{
    list_append(link->next, member);
}

/* Gives the place of `old`, whose links are undefined then, to `member`. */
static inline void list_replace(const struct list *old, struct list *member)
{
    *member = *old;
    member->prev->next = member;
    member->next->prev = member;
}

static inline bool list_is_linked(const struct list *member)
{
    return member->next != NULL;
}

/* Sets the member's links to null: see list_is_linked. */
static inline void list_remove(struct list *member)
{
    assert(list_is_linked(member) && member->prev != NULL);
    member->prev->next = member->next;
    member->next->prev = member->prev;
    member->next = NULL;
    member->prev = NULL;
}

#endif
