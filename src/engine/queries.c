#include "engine/queries.h"

#include "base/container.h"

void queries_init(
    struct queries *queries, struct memory *memory, const struct hash_key *hash_key,
    size_t max_bytes)
{
    *queries =
        (struct queries){.memory = memory, .hash_key = *hash_key, .max_bytes = max_bytes};
    list_init(&queries->used);
}

static size_t query_size(size_t len)
{
    return sizeof(struct query) + len;
}

static struct query **bucket_of(struct queries *queries, uint64_t hash)
{
    return &queries->buckets[hash % QUERY_BUCKETS];
}

static void forget(struct queries *queries, struct query *query)
{
    struct query **at = bucket_of(queries, query->hash);

    while (*at != query)
        at = &(*at)->next;
    *at = query->next;
    list_remove(&query->link);
    queries->bytes -= query_size(query->len) + query->reply.span.len;
    blob_release(query->reply.blob);
    if (query->crowd != NULL)
        crowd_close(query->crowd);
    memory_free(queries->memory, query, query_size(query->len));
}

static struct query *longest_unused(const struct queries *queries)
{
    return CONTAINER_OF(queries->used.prev, struct query, link);
}

void queries_done(struct queries *queries)
{
    while (!list_is_empty(&queries->used))
        forget(queries, longest_unused(queries));
}

static struct query *find(struct queries *queries, uint64_t hash, struct span bytes)
{
    struct query *query = *bucket_of(queries, hash);

    while (query != NULL &&
           (query->hash != hash || !span_equal(span_of(query->bytes, query->len), bytes)))
        query = query->next;
    return query;
}

/* Returns whether another client has sent it before. */
static bool was_seen(struct queries *queries, uint64_t hash, const void *client)
{
    struct seen_list *seen = &queries->seen[hash >> 32 & (QUERIES_SEEN - 1)];
    bool was = seen->hash == hash && seen->client != client;

    *seen = (struct seen_list){hash, client};
    return was;
}

static void make_room(struct queries *queries, size_t size)
{
    while (queries->bytes + size > queries->max_bytes && !list_is_empty(&queries->used))
        forget(queries, longest_unused(queries));
}

/* NULL if memory is refused, or it is too long. */
static struct query *add(struct queries *queries, uint64_t hash, struct span bytes)
{
    struct query **bucket = bucket_of(queries, hash);
    size_t size = query_size(bytes.len);
    struct query *query;

    if (size > queries->max_bytes)
        return NULL;
    make_room(queries, size);
    query = memory_alloc(queries->memory, size);
    if (query == NULL)
        return NULL;
    *query = (struct query){.next = *bucket, .hash = hash, .len = bytes.len};
    span_copy(query->bytes, bytes);
    *bucket = query;
    queries->bytes += size;
    return query;
}

struct query *queries_find(struct queries *queries, struct span bytes, const void *client)
{
    uint64_t hash = hash_bytes(&queries->hash_key, bytes);
    struct query *query = find(queries, hash, bytes);

    if (query != NULL)
        list_remove(&query->link);
    else if (was_seen(queries, hash, client))
        query = add(queries, hash, bytes);
    if (query != NULL)
        list_insert_after(&queries->used, &query->link);
    return query;
}

void queries_keep_reply(
    struct queries *queries, struct query *query, struct slice reply, uint64_t since)
{
    queries->bytes -= query->reply.span.len;
    blob_release(query->reply.blob);
    query->reply = (struct slice){.blob = NULL};
    if (queries->bytes + reply.span.len > queries->max_bytes) {
        blob_release(reply.blob);
        return;
    }
    queries->bytes += reply.span.len;
    query->reply = reply;
    query->reply_since = since;
}
