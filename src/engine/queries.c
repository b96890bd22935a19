#include "engine/queries.h"

#include "base/bytes.h"
#include "base/cold.h"
#include "base/container.h"
#include "base/step.h"
#include "wire/opcode.h"

enum {
    HEAD_KEY_BYTES = 256, /* of the first key: most lists differ there */
    COMMON_START = 4096, /* bytes: a request that has so many in common is taken for the same */
    SAMPLES = 32,        /* words of a request that tell whether it was seen before */
    LARGEST_PART = 2,    /* of all room, a query takes at most that part */
    TRIED = 8,           /* queries at the end of the list that may make room */
};

void queries_init(
    struct queries *queries, struct memory *memory, const struct hash_key *hash_key,
    size_t max_bytes)
{
    *queries =
        (struct queries){.memory = memory, .hash_key = *hash_key, .max_bytes = max_bytes};
    list_init(&queries->used);
}

/* What it is found by: the opcode, the count, and the first key or the start of a long one. 0:
 * they have not arrived. */
static size_t head_len(struct span bytes)
{
    size_t len = WIRE_COUNTED_HEAD + WIRE_LENGTH_SIZE;
    uint64_t key;

    if (bytes.len < len)
        return 0;
    key = bytes_get_u64(bytes.bytes + WIRE_COUNTED_HEAD);
    len += key < HEAD_KEY_BYTES ? (size_t)key : HEAD_KEY_BYTES;
    return bytes.len < len ? 0 : len;
}

static struct query **set_of(struct queries *queries, uint64_t head)
{
    return queries->sets[head % QUERY_SETS];
}

static size_t size_of(size_t capacity)
{
    return sizeof(struct query) + sizeof(struct blob) + capacity;
}

static size_t query_size(const struct query *query)
{
    return size_of(query->request->capacity) + query->reply.span.len;
}

static COLD void forget(struct queries *queries, struct query **way)
{
    struct query *query = *way;

    *way = NULL;
    list_remove(&query->link);
    queries->bytes -= query_size(query);
    blob_release(query->reply.blob);
    blob_release(query->request);
    crowd_close(&query->names);
    memory_free(queries->memory, query, sizeof(*query));
}

/* A client that sends it has a share of its bytes. */
static bool is_followed(const struct query *query)
{
    return query->request->owners > 1;
}

/* Compares as many bytes as both have. */
static bool begins_as(const struct query *query, struct span bytes, long *steps)
{
    size_t len = query->len < bytes.len ? query->len : bytes.len;

    *steps -= (long)(len / STEP_BYTES);
    return memcmp(query->request->bytes, bytes.bytes, len) == 0;
}

/* Makes it the latest used, of all and in its set. */
static struct query *use(struct queries *queries, struct query **set, size_t way)
{
    struct query *query = set[way];

    for (; way > 0; way--)
        set[way] = set[way - 1];
    set[0] = query;
    list_remove(&query->link);
    list_insert_after(&queries->used, &query->link);
    return query;
}

/* The latest used query with this head that begins as `bytes`. If these are whole, it must
 * equal them. */
static COLD struct query *find(
    struct queries *queries, uint64_t head, struct span bytes, bool are_whole, long *steps)
{
    struct query **set = set_of(queries, head);

    for (size_t way = 0; way < QUERY_WAYS; way++) {
        if (set[way] != NULL && set[way]->request->bytes == bytes.bytes)
            return use(queries, set, way); /* the client follows it: nothing is compared */
    }
    for (size_t way = 0; way < QUERY_WAYS; way++) {
        struct query *query = set[way];

        if (query == NULL || query->head != head ||
            (are_whole && !(query->is_whole && query->len == bytes.len)))
            continue;
        if (begins_as(query, bytes, steps))
            return use(queries, set, way);
    }
    return NULL;
}

static uint64_t hash_head(const struct queries *queries, struct span bytes)
{
    return hash_bytes(&queries->hash_key, span_of(bytes.bytes, head_len(bytes)));
}

static void note_sender(struct query *query, const void *client)
{
    if (query->client != client)
        query->client = NULL;
}

COLD struct query *queries_follow(
    struct queries *queries, struct span bytes, const void *client, long *steps)
{
    struct query *query = NULL;

    if (head_len(bytes) > 0)
        query = find(queries, hash_head(queries, bytes), bytes, false, steps);
    if (query != NULL && (bytes.len >= query->len || bytes.len >= COMMON_START))
        note_sender(query, client);
    return query;
}

/* Hashes the length and some words: all of a request that only one client sends would be too
 * many. */
static uint64_t fingerprint_of(const struct queries *queries, struct span request)
{
    uint64_t words[SAMPLES + 1];
    size_t last = request.len - sizeof(*words);

    for (size_t i = 0; i < SAMPLES; i++)
        words[i] = bytes_get_u64(request.bytes + last * i / (SAMPLES - 1));
    words[SAMPLES] = request.len;
    return hash_bytes(&queries->hash_key, span_of(words, sizeof(words)));
}

/* Returns whether another client has sent it before. */
static COLD bool was_seen(struct queries *queries, struct span request, const void *client)
{
    uint64_t fingerprint = fingerprint_of(queries, request);
    struct seen_request *seen = &queries->seen[fingerprint % QUERIES_SEEN];
    bool was = seen->fingerprint == fingerprint && seen->client != client;

    *seen = (struct seen_request){fingerprint, client};
    return was;
}

static struct query **way_of(struct queries *queries, const struct query *query)
{
    struct query **way = set_of(queries, query->head);

    while (*way != query)
        way++;
    return way;
}

void queries_done(struct queries *queries)
{
    while (!list_is_empty(&queries->used))
        forget(queries, way_of(queries, CONTAINER_OF(queries->used.next, struct query, link)));
}

/* Makes room for `size` more bytes, but does not forget `kept`. A client that stops in the
 * middle of a request keeps its query for any time, so each call tries only a few queries. */
static COLD bool make_room(struct queries *queries, size_t size, const struct query *kept)
{
    if (size + (kept == NULL ? 0 : query_size(kept)) > queries->max_bytes / LARGEST_PART)
        return false;
    for (int i = 0; i < TRIED && queries->bytes + size > queries->max_bytes; i++) {
        struct query *query = CONTAINER_OF(queries->used.prev, struct query, link);

        if (query == kept || is_followed(query)) {
            list_remove(&query->link);
            list_insert_after(&queries->used, &query->link);
        } else {
            forget(queries, way_of(queries, query));
        }
    }
    return queries->bytes + size <= queries->max_bytes;
}

/* A free way, or that of the longest unused. If it is followed, its clients go on without it:
 * some that stop in the middle of a request must not keep all ways of a set for ever. */
static COLD struct query **make_way(struct queries *queries, struct query **set)
{
    size_t way = 0;

    while (way < QUERY_WAYS - 1 && set[way] != NULL)
        way++;
    if (set[way] != NULL)
        forget(queries, &set[way]);
    return &set[way];
}

static COLD struct query *query_new(struct queries *queries, uint64_t head, size_t capacity)
{
    struct query *query = memory_alloc(queries->memory, sizeof(*query));

    if (query == NULL)
        return NULL;
    *query = (struct query){.head = head};
    list_init(&query->link);
    query->request = blob_new(queries->memory, capacity);
    if (query->request != NULL)
        return query;
    memory_free(queries->memory, query, sizeof(*query));
    return NULL;
}

static COLD struct query *add(struct queries *queries, uint64_t head, size_t capacity)
{
    struct query **set = set_of(queries, head);
    struct query **way;
    struct query *query;

    if (!make_room(queries, size_of(capacity), NULL))
        return NULL;
    query = query_new(queries, head, capacity);
    if (query == NULL)
        return NULL;
    way = make_way(queries, set);
    *way = query;
    queries->bytes += query_size(query);
    return use(queries, set, (size_t)(way - set));
}

static struct query *remember(
    struct queries *queries, uint64_t head, struct span request, long *steps)
{
    struct query *query = add(queries, head, request.len);

    if (query == NULL)
        return NULL;
    *steps -= (long)(request.len / STEP_NEW_BYTES);
    span_copy(query->request->bytes, request);
    query->len = request.len;
    query->is_whole = true;
    return query;
}

/* The client is the only one that has sent it, or that sends it now. */
static struct query *keep_if_seen(
    struct queries *queries, struct query *query, struct span request, const void *client)
{
    query->client = NULL;
    if (was_seen(queries, request, client))
        return query;
    forget(queries, way_of(queries, query));
    return NULL;
}

COLD struct query *queries_find(
    struct queries *queries, struct span request, const void *client, long *steps)
{
    uint64_t head = hash_head(queries, request);
    struct query *query = find(queries, head, request, true, steps);

    if (query != NULL && query->client == client)
        return keep_if_seen(queries, query, request, client);
    if (query != NULL)
        note_sender(query, client);
    if (query != NULL || !was_seen(queries, request, client))
        return query;
    return remember(queries, head, request, steps);
}

static COLD struct blob *copy_request(
    struct queries *queries, struct query *query, size_t capacity, long *steps)
{
    struct blob *request = blob_new(queries->memory, capacity);

    if (request == NULL)
        return NULL;
    *steps -= (long)(query->len / STEP_NEW_BYTES);
    span_copy(request->bytes, span_of(query->request->bytes, query->len));
    blob_release(query->request);
    return request;
}

/* Grows a query. If clients follow it, they compare what they send with the old blob until they
 * come back. */
static bool reserve(struct queries *queries, struct query *query, size_t len, long *steps)
{
    size_t capacity = query->request->capacity;
    struct blob *request;
    size_t grown;

    if (len <= capacity)
        return true;
    capacity *= 2;
    if (capacity < len)
        capacity = len;
    if (!make_room(queries, capacity - query->request->capacity, query))
        return false;
    grown = capacity - query->request->capacity;
    request = is_followed(query) ? copy_request(queries, query, capacity, steps)
                                 : blob_resize(query->request, capacity);
    if (request == NULL)
        return false;
    queries->bytes += grown;
    query->request = request;
    return true;
}

/* Up to what the query needs at least: more might not be its own. */
static COLD bool extend(
    struct queries *queries, const struct wire_limits *limits, struct query *query,
    struct span *bytes, long *steps)
{
    size_t missing = query->scan.need - query->len;
    size_t len = missing < bytes->len ? missing : bytes->len;
    struct scan scan = query->scan;
    struct request request;
    struct refusal refusal;
    enum scan_verdict verdict;

    *steps -= (long)(len / STEP_NEW_BYTES);
    if (!reserve(queries, query, query->len + len, steps))
        return false;
    span_copy(query->request->bytes + query->len, span_of(bytes->bytes, len));
    verdict = scan_request(
        &scan, limits, span_of(query->request->bytes, query->len + len), &request, &refusal);
    if (verdict == SCAN_BAD)
        return false;
    query->scan = scan;
    query->len += len;
    query->is_whole = verdict == SCAN_WHOLE;
    *bytes = span_from(*bytes, len);
    return true;
}

COLD bool queries_extend(
    struct queries *queries, const struct wire_limits *limits, struct query *query,
    struct span *bytes, long *steps)
{
    while (bytes->len > 0 && !query->is_whole)
        if (!extend(queries, limits, query, bytes, steps))
            return false;
    return true;
}

COLD struct query *queries_begin(
    struct queries *queries, const struct wire_limits *limits, struct span bytes,
    const void *client, long *steps)
{
    struct query *query;

    if (head_len(bytes) == 0)
        return NULL;
    query = add(queries, hash_head(queries, bytes), bytes.len);
    if (query == NULL)
        return NULL;
    query->client = client;
    query->scan.need = WIRE_COUNTED_HEAD;
    if (queries_extend(queries, limits, query, &bytes, steps) && bytes.len == 0)
        return query;
    forget(queries, way_of(queries, query));
    return NULL;
}

static void drop_reply(struct queries *queries, struct query *query)
{
    queries->bytes -= query->reply.span.len;
    blob_release(query->reply.blob);
    query->reply = (struct slice){.blob = NULL};
}

COLD bool queries_make_room_for_reply(struct queries *queries, struct query *query, size_t len)
{
    drop_reply(queries, query);
    return make_room(queries, len, query);
}

COLD void queries_keep_reply(
    struct queries *queries, struct query *query, struct slice reply, uint64_t since)
{
    queries->bytes += reply.span.len;
    query->reply = reply;
    query->reply_since = since;
}
