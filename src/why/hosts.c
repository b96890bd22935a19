#include "why/hosts.h"

#include <inttypes.h>

#include "base/container.h"
#include "base/decimal.h"

struct ordered {
    struct host *host;
    uint32_t next; /* client of the same rank, as in `first` below */
};

/* Puts the clients in the order of their ranks. */
struct order {
    struct memory *memory;
    const struct facts *facts;
    const struct identities *identities;
    struct ordered *clients;
    uint32_t *first; /* client of each rank: one more than its index; 0: none */
    uint32_t bound;
};

static size_t host_size(size_t name_len)
{
    return sizeof(struct host) + name_len;
}

struct span host_name(const struct host *host)
{
    return span_of(host + 1, host->node.key_len);
}

/* NULL: memory is refused. */
static struct host *find_or_add(struct hosts *hosts, struct span bytes)
{
    struct name name = name_of(&hosts->table.hash_key, bytes);
    struct table_node **link = table_find(&hosts->table, name);
    struct host *host;

    if (*link != NULL)
        return CONTAINER_OF(*link, struct host, node);
    host = memory_alloc(hosts->memory, host_size(name.len));
    if (host == NULL)
        return NULL;
    *host = (struct host){.node.key_len = name.len};
    span_copy((uint8_t *)(host + 1), bytes);
    if (table_insert(&hosts->table, link, &host->node) == 0)
        return host;
    memory_free(hosts->memory, host, host_size(name.len));
    return NULL;
}

static void list(struct hosts *hosts, struct host *host)
{
    if (host->is_listed)
        return;
    host->is_listed = true;
    *hosts->end = host;
    hosts->end = &host->next;
    hosts->count++;
}

static void count(
    struct host *host, const struct facts_client *client, const struct identity *identity)
{
    bool waits = identity->stage != NULL && !stage_is_watched(identity->stage);
    bool polls = waits && client->awaited_count == 0;
    int64_t waiting_ms = polls ? identity->stage->longest_ms : client->waiting_ms;

    if (client->has_left) {
        host->left++;
        return;
    }
    host->clients++;
    host->waiting += waits;
    host->running += !waits;
    if (waits && waiting_ms > host->longest_ms)
        host->longest_ms = waiting_ms;
}

/* Adds the range at the end, or to the last one, unless another includes it. */
static int add_range(
    struct hosts *hosts, struct host_range **ranges, uint32_t first, uint32_t last)
{
    struct host_range *latest = NULL;

    for (; *ranges != NULL; ranges = &latest->next) {
        latest = *ranges;
        if (latest->first <= first && last <= latest->last)
            return 0;
    }
    if (latest != NULL && latest->last + 1 == first) {
        latest->last = last;
        return 0;
    }
    *ranges = memory_alloc(hosts->memory, sizeof(**ranges));
    if (*ranges == NULL)
        return TCPSTORE_ENOMEM;
    **ranges = (struct host_range){.first = first, .last = last};
    return 0;
}

static bool has_rank(const struct order *order, size_t client)
{
    const struct identity *identity = &order->identities->of[client];

    return identity->member != NULL && strcmp(identity->member, "rank") == 0 &&
           identity->number < FACTS_WORLD_MAX && !order->facts->clients[client].has_left;
}

static void sort(struct order *order)
{
    for (size_t i = order->facts->client_count; i-- > 0;) {
        uint32_t *first;

        if (!has_rank(order, i))
            continue;
        first = &order->first[order->identities->of[i].number];
        order->clients[i].next = *first;
        *first = (uint32_t)i + 1;
    }
}

static int order_init(struct order *order)
{
    size_t clients = order->facts->client_count;

    for (size_t i = 0; i < clients; i++)
        if (has_rank(order, i) && order->identities->of[i].number >= order->bound)
            order->bound = order->identities->of[i].number + 1;
    order->clients = memory_alloc(order->memory, (clients + 1) * sizeof(*order->clients));
    order->first = memory_alloc(order->memory, (order->bound + 1) * sizeof(*order->first));
    if (order->clients == NULL || order->first == NULL)
        return TCPSTORE_ENOMEM;
    memset(order->first, 0, (order->bound + 1) * sizeof(*order->first));
    sort(order);
    return 0;
}

static void order_done(struct order *order)
{
    size_t clients = order->facts->client_count;

    if (order->clients != NULL)
        memory_free(order->memory, order->clients, (clients + 1) * sizeof(*order->clients));
    if (order->first != NULL)
        memory_free(order->memory, order->first, (order->bound + 1) * sizeof(*order->first));
}

static int collect(struct hosts *hosts, struct order *order)
{
    for (size_t i = 0; i < order->facts->client_count; i++) {
        const struct facts_client *client = &order->facts->clients[i];

        order->clients[i].host = find_or_add(hosts, facts_host(client));
        if (order->clients[i].host == NULL)
            return TCPSTORE_ENOMEM;
        count(order->clients[i].host, client, &order->identities->of[i]);
    }
    return 0;
}

static int add_ranks(struct hosts *hosts, const struct order *order)
{
    int code = 0;

    for (uint32_t rank = 0; rank < order->bound; rank++)
        for (uint32_t at = order->first[rank]; code == 0 && at > 0;
             at = order->clients[at - 1].next) {
            list(hosts, order->clients[at - 1].host);
            code = add_range(hosts, &order->clients[at - 1].host->ranks, rank, rank);
        }
    return code;
}

static void list_others(struct hosts *hosts, const struct order *order)
{
    for (size_t i = 0; i < order->facts->client_count; i++)
        if (!order->facts->clients[i].has_left)
            list(hosts, order->clients[i].host);
}

int hosts_init(
    struct hosts *hosts, struct memory *memory, const struct hash_key *hash_key,
    const struct facts *facts, const struct identities *identities)
{
    struct order order = {.memory = memory, .facts = facts, .identities = identities};
    int code;

    *hosts = (struct hosts){.memory = memory};
    hosts->end = &hosts->first;
    code = table_init(&hosts->table, memory, hash_key, sizeof(struct host));
    if (code == 0)
        code = order_init(&order);
    if (code == 0)
        code = collect(hosts, &order);
    if (code == 0)
        code = add_ranks(hosts, &order);
    if (code == 0)
        list_others(hosts, &order);
    order_done(&order);
    return code;
}

static void free_ranges(struct hosts *hosts, struct host_range *range)
{
    while (range != NULL) {
        struct host_range *next = range->next;

        memory_free(hosts->memory, range, sizeof(*range));
        range = next;
    }
}

void hosts_done(struct hosts *hosts)
{
    struct table_node *node;

    if (hosts->memory == NULL)
        return;
    while ((node = table_pop(&hosts->table)) != NULL) {
        struct host *host = CONTAINER_OF(node, struct host, node);

        free_ranges(hosts, host->ranks);
        free_ranges(hosts, host->missing);
        memory_free(hosts->memory, host, host_size(node->key_len));
    }
    table_done(&hosts->table);
    hosts->memory = NULL;
}

static int add_missing(struct hosts *hosts, struct span name, uint32_t first, uint32_t last)
{
    struct host *host = find_or_add(hosts, name);

    if (host == NULL)
        return TCPSTORE_ENOMEM;
    list(hosts, host);
    return add_range(hosts, &host->missing, first, last);
}

/* All of a block's members are missing: a host for each block. */
static int add_never(struct hosts *hosts, const struct culprit *culprit, uint32_t usual)
{
    int code = 0;

    for (uint32_t first = culprit->first; code == 0 && first <= culprit->last;) {
        uint32_t last = first + usual - 1 - first % usual;
        uint8_t name[1 + DECIMAL_MAX] = "?";
        size_t len = 1 + decimal_format(first / usual, name + 1);

        if (last > culprit->last)
            last = culprit->last;
        code = add_missing(hosts, span_of(name, len), first, last);
        first = last + 1;
    }
    return code;
}

static int add_silent(struct hosts *hosts, const struct culprit *culprit)
{
    struct host *host = find_or_add(hosts, facts_host(culprit->client));

    if (host == NULL)
        return TCPSTORE_ENOMEM;
    if (host->running > 0) {
        host->running--;
        host->silent++;
    }
    return 0;
}

static int blame(struct hosts *hosts, const struct culprit *culprit, uint32_t usual)
{
    switch (culprit->kind) {
    case CULPRIT_LEFT:
    case CULPRIT_HOST_SHORT:
        return add_missing(hosts, facts_host(culprit->client), culprit->first, culprit->last);
    case CULPRIT_HOST_NEVER:
        return add_never(hosts, culprit, usual);
    case CULPRIT_SILENT:
    case CULPRIT_BEFORE_KEY:
        return add_silent(hosts, culprit);
    default:
        return 0;
    }
}

int hosts_blame(struct hosts *hosts, const struct culprits *culprits)
{
    int code = 0;

    for (const struct culprit *each = culprits->first; code == 0 && each != NULL;
         each = each->next)
        code = blame(hosts, each, culprits->usual);
    return code;
}

enum host_state host_state(const struct host *host)
{
    if (host->missing != NULL)
        return HOST_MISSING;
    if (host->silent > 0)
        return HOST_SILENT;
    return host->waiting > 0 ? HOST_WAITING : HOST_RUNNING;
}

void host_write_ranges(struct lines *lines, const struct host_range *first)
{
    for (const struct host_range *each = first; each != NULL; each = each->next) {
        lines_add(lines, each == first ? "%" PRIu32 : ",%" PRIu32, each->first);
        if (each->last > each->first)
            lines_add(lines, "-%" PRIu32, each->last);
    }
}
