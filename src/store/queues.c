#include "store/queues.h"

#include <tcpstore/error.h>

#include "base/container.h"

struct queue_entry {
    struct queue_entry *next;
    struct slice value; /* a share of its blob is owned */
};

struct queue {
    struct table_node node;
    struct queues_place place;
    struct queue_entry *oldest;
    struct queue_entry **end; /* the null link after the newest */
    size_t length;
};

static size_t queue_size(size_t name_len)
{
    return sizeof(struct queue) + name_len;
}

int queues_init(struct queues *queues, struct memory *memory, const struct hash_key *hash_key)
{
    list_init(&queues->order);
    return table_init(&queues->table, memory, hash_key, sizeof(struct queue));
}

static void entry_free(struct memory *memory, struct queue_entry *entry)
{
    blob_release(entry->value.blob);
    memory_free(memory, entry, sizeof(*entry));
}

static void drop_oldest(struct memory *memory, struct queue *queue)
{
    struct queue_entry *entry = queue->oldest;

    queue->oldest = entry->next;
    if (queue->oldest == NULL)
        queue->end = &queue->oldest;
    queue->length--;
    entry_free(memory, entry);
}

static void queue_free(struct memory *memory, struct queue *queue)
{
    while (queue->length > 0)
        drop_oldest(memory, queue);
    memory_free(memory, queue, queue_size(queue->node.key_len));
}

void queues_done(struct queues *queues)
{
    struct table_node *node;

    while ((node = table_pop(&queues->table)) != NULL)
        queue_free(queues->table.memory, CONTAINER_OF(node, struct queue, node));
    table_done(&queues->table);
}

static struct queue *queue_at(struct table_node *const *link)
{
    return CONTAINER_OF(*link, struct queue, node);
}

size_t queues_length(const struct queues *queues, struct name name)
{
    struct table_node **link;

    if (queues->table.nodes == 0)
        return 0;
    link = table_find(&queues->table, name);
    return *link == NULL ? 0 : queue_at(link)->length;
}

static struct queue *find_or_add(struct queues *queues, struct name name)
{
    struct table_node **link = table_find(&queues->table, name);
    struct queue *queue;

    if (*link != NULL)
        return queue_at(link);
    queue = memory_alloc(queues->table.memory, queue_size(name.len));
    if (queue == NULL)
        return NULL;
    *queue = (struct queue){.node.key_len = name.len, .end = &queue->oldest};
    span_copy((uint8_t *)(queue + 1), name_key(name));
    if (table_insert(&queues->table, link, &queue->node)) {
        memory_free(queues->table.memory, queue, queue_size(name.len));
        return NULL;
    }
    list_append(&queues->order, &queue->place.link);
    return queue;
}

static struct queue_entry *entry_new(struct memory *memory, const struct slice *value)
{
    struct queue_entry *entry = memory_alloc(memory, sizeof(*entry));

    if (entry == NULL)
        return NULL;
    entry->next = NULL;
    if (blob_keep(memory, value, &entry->value)) {
        memory_free(memory, entry, sizeof(*entry));
        return NULL;
    }
    return entry;
}

int queues_prepare(
    struct queues *queues, struct name name, const struct slice *value,
    struct queue_push *ret_push)
{
    ret_push->entry = entry_new(queues->table.memory, value);
    if (ret_push->entry == NULL)
        return TCPSTORE_ENOMEM;
    ret_push->queue = find_or_add(queues, name);
    if (ret_push->queue != NULL)
        return 0;
    entry_free(queues->table.memory, ret_push->entry);
    return TCPSTORE_ENOMEM;
}

void queues_commit(const struct queue_push *push)
{
    struct queue *queue = push->queue;

    *queue->end = push->entry;
    queue->end = &push->entry->next;
    queue->length++;
}

static void remove_queue(struct queues *queues, struct table_node **link)
{
    struct queue *queue = queue_at(link);

    list_remove(&queue->place.link);
    table_remove(&queues->table, link);
    queue_free(queues->table.memory, queue);
}

void queues_discard(struct queues *queues, struct name name, const struct queue_push *push)
{
    entry_free(queues->table.memory, push->entry);
    if (push->queue->length == 0)
        remove_queue(queues, table_find(&queues->table, name));
}

size_t queues_front(const struct queues *queues, struct name name, struct slice *ret_value)
{
    struct table_node **link = table_find(&queues->table, name);

    if (*link == NULL)
        return 0;
    *ret_value = queue_at(link)->oldest->value;
    return queue_at(link)->length;
}

int queues_each(
    const struct queues *queues, struct name name,
    int (*visit)(void *context, const struct slice *value), void *context)
{
    struct table_node **link = table_find(&queues->table, name);
    const struct queue_entry *entry = *link == NULL ? NULL : queue_at(link)->oldest;
    int code = 0;

    for (; entry != NULL && code == 0; entry = entry->next)
        code = visit(context, &entry->value);
    return code;
}

void queues_drop(struct queues *queues, struct name name)
{
    struct table_node **link = table_find(&queues->table, name);
    struct queue *queue = queue_at(link);

    drop_oldest(queues->table.memory, queue);
    if (queue->length == 0)
        remove_queue(queues, link);
}

void queues_cursor_begin(struct queues *queues, struct queues_cursor *cursor)
{
    cursor->at.is_cursor = true;
    list_insert_after(&queues->order, &cursor->at.link);
}

size_t queues_cursor_next(
    const struct queues *queues, struct queues_cursor *cursor, struct span *ret_name)
{
    struct list *link;

    for (link = cursor->at.link.next; link != &queues->order; link = link->next) {
        struct queues_place *place = CONTAINER_OF(link, struct queues_place, link);
        const struct queue *queue = CONTAINER_OF(place, struct queue, place);

        if (place->is_cursor)
            continue;
        list_remove(&cursor->at.link);
        list_insert_after(link, &cursor->at.link);
        *ret_name = table_key(&queues->table, &queue->node);
        return queue->length;
    }
    return 0;
}

void queues_cursor_end(struct queues_cursor *cursor)
{
    if (list_is_linked(&cursor->at.link))
        list_remove(&cursor->at.link);
}
