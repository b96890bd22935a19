#include "store/keys_cursor.h"

#include "base/container.h"

/* The length of a marker's key. No real key is so long. */
static const uint32_t MARKER = UINT32_MAX;

static struct entry *entry_in(struct list *order)
{
    return CONTAINER_OF(order, struct entry, order);
}

static bool is_marker(const struct entry *entry)
{
    return entry->node.key_len == MARKER;
}

void keys_cursor_begin(struct keys *keys, struct keys_cursor *cursor)
{
    cursor->skipped = 0;
    cursor->at.node.key_len = MARKER;
    cursor->end.node.key_len = MARKER;
    list_insert_after(&keys->order, &cursor->at.order);
    list_append(&keys->order, &cursor->end.order);
}

bool keys_cursor_next(const struct keys *keys, struct keys_cursor *cursor, struct span *ret_key)
{
    struct entry *entry = entry_in(cursor->at.order.next);

    for (; is_marker(entry); entry = entry_in(entry->order.next)) {
        if (entry == &cursor->end)
            return false;
        cursor->skipped++;
    }
    list_remove(&cursor->at.order);
    list_insert_after(&entry->order, &cursor->at.order);
    *ret_key = table_key(&keys->table, &entry->node);
    return true;
}

void keys_cursor_end(struct keys_cursor *cursor)
{
    if (!list_is_linked(&cursor->at.order))
        return;
    list_remove(&cursor->at.order);
    list_remove(&cursor->end.order);
}

/* Inlined, this costs every GET 13 instructions. */
__attribute__((noinline)) int keys_each(
    const struct keys *keys, int (*visit)(void *context, struct span key), void *context)
{
    int result = 0;

    for (struct list *link = keys->order.next; result == 0 && link != &keys->order;
         link = link->next) {
        if (!is_marker(entry_in(link)))
            result = visit(context, table_key(&keys->table, &entry_in(link)->node));
    }
    return result;
}
