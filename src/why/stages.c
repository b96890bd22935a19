#include "why/stages.h"

#include <assert.h>

#include "base/container.h"
#include "base/decimal.h"

/* What the keys of a stage have in common, as the name of its node. For a numbered key '#'
 * takes the place of the number. */
static size_t common_name(const struct family_match *match, uint8_t *name)
{
    uint8_t *end = span_copy(name, match->before);

    if (match->after.bytes == NULL)
        return (size_t)(end - name);
    *end++ = '#';
    return (size_t)(span_copy(end, match->after) - name);
}

static struct name name_of_match(
    const struct stages *stages, const struct family_match *match, uint8_t *bytes)
{
    return name_of(&stages->table.hash_key, span_of(bytes, common_name(match, bytes)));
}

static size_t stage_size(size_t name_len)
{
    return sizeof(struct stage) + name_len;
}

static struct stage *stage_at(struct table_node *const *link)
{
    return CONTAINER_OF(*link, struct stage, node);
}

static struct stage *add_stage(
    struct stages *stages, const struct family_match *match, struct span key)
{
    uint8_t bytes[FACTS_KEY_MAX + 1];
    struct name name = name_of_match(stages, match, bytes);
    struct table_node **link = table_find(&stages->table, name);
    struct stage *stage;

    if (*link != NULL)
        return stage_at(link);
    stage = memory_alloc(stages->memory, stage_size(name.len));
    if (stage == NULL)
        return NULL;
    *stage = (struct stage){
        .node.key_len = name.len,
        .match = *match,
        .key = key,
        .lowest = match->number,
        .highest = match->number,
        .counted = -1,
    };
    span_copy((uint8_t *)(stage + 1), name_key(name));
    if (table_insert(&stages->table, link, &stage->node)) {
        memory_free(stages->memory, stage, stage_size(name.len));
        return NULL;
    }
    stage->next = stages->first;
    stages->first = stage;
    stages->count++;
    return stage;
}

static void count_waiter(
    struct stage *stage, const struct family_match *match, const struct facts_client *client)
{
    bool is_first = stage->waiters++ == 0;

    if (match->number < stage->lowest)
        stage->lowest = match->number;
    if (match->number > stage->highest)
        stage->highest = match->number;
    if (client->waiting_ms > stage->longest_ms)
        stage->longest_ms = client->waiting_ms;
    if (is_first || client->barrier_size < stage->least_size)
        stage->least_size = client->barrier_size;
    if (client->barrier_size > stage->most_size)
        stage->most_size = client->barrier_size;
}

static void match_awaited(const struct facts_client *client, struct family_match *ret_match)
{
    if (client->barrier_size > 0)
        families_match_barrier(client->awaited, ret_match);
    else
        families_match(client->awaited, ret_match);
}

static int collect(
    struct stages *stages, const struct facts *facts, struct identities *identities)
{
    for (size_t i = 0; i < facts->client_count; i++) {
        const struct facts_client *client = &facts->clients[i];
        struct family_match match;
        struct stage *stage;

        if (client->awaited_count == 0)
            continue;
        match_awaited(client, &match);
        stage = add_stage(stages, &match, client->awaited);
        if (stage == NULL)
            return TCPSTORE_ENOMEM;
        count_waiter(stage, &match, client);
        identities->of[i].stage = stage;
    }
    return 0;
}

static struct table_node **find_stage(
    const struct stages *stages, const struct family_match *match)
{
    uint8_t bytes[FACTS_KEY_MAX + 1];

    return table_find(&stages->table, name_of_match(stages, match, bytes));
}

static int count_agent(
    struct stages *stages, const struct facts_client *client, const struct family_match *match)
{
    struct stage *stage = add_stage(stages, match, client->first_key);

    if (stage == NULL)
        return TCPSTORE_ENOMEM;
    if (match->number > stage->highest)
        stage->highest = match->number;
    if (stage->come++ == 0 || client->connected_ms < stage->changed_ms)
        stage->changed_ms = client->connected_ms;
    return 0;
}

/* Those that have left may be of an earlier job, which needed another number. */
static int count_agents(
    struct stages *stages, const struct facts *facts, const struct identities *identities)
{
    struct family_match match;
    int code = 0;

    for (size_t i = 0; code == 0 && i < facts->client_count; i++) {
        if (!identities->of[i].is_agent || facts->clients[i].has_left)
            continue;
        families_match(facts->clients[i].first_key, &match);
        code = count_agent(stages, &facts->clients[i], &match);
    }
    return code;
}

/* Agents poll for others, and go on with that when enough have come. */
static void note_agent(
    struct stage *stage, const struct facts_client *client, struct identity *identity)
{
    if (client->has_left && client->left_ms < stage->changed_ms) {
        stage->changed_ms = client->left_ms;
        stage->lost = client;
    }
    if (client->has_left || client->awaited_count > 0 || stage->come >= stage->highest)
        return;
    stage->waiters++;
    identity->stage = stage;
}

static void note_agents(
    const struct stages *stages, const struct facts *facts, struct identities *identities)
{
    for (size_t i = 0; i < facts->client_count; i++) {
        struct family_match match;
        struct table_node **link;

        if (!identities->of[i].is_agent)
            continue;
        families_match(facts->clients[i].first_key, &match);
        link = find_stage(stages, &match);
        if (*link != NULL)
            note_agent(stage_at(link), &facts->clients[i], &identities->of[i]);
    }
}

/* Nothing has happened since then. */
static void time_agents(const struct stages *stages)
{
    for (struct stage *stage = stages->first; stage != NULL; stage = stage->next) {
        if (stage->come > 0 && stage->come < stage->highest &&
            stage->changed_ms > stage->longest_ms)
            stage->longest_ms = stage->changed_ms;
    }
}

static int collect_agents(
    struct stages *stages, const struct facts *facts, struct identities *identities)
{
    int code = count_agents(stages, facts, identities);

    if (code)
        return code;
    note_agents(stages, facts, identities);
    time_agents(stages);
    return 0;
}

/* A rank that is connected and has named itself. NULL: there is none. */
static const struct facts_client *find_teller(
    const struct facts *facts, const struct identities *identities)
{
    for (size_t i = 0; i < facts->client_count; i++)
        if (identities->of[i].tells_world && !facts->clients[i].has_left)
            return &facts->clients[i];
    return NULL;
}

/* Ranks that never come are not always awaited: with NCCL, the others wait for rank 0 only. */
static int add_roll(
    struct stages *stages, const struct facts *facts, struct identities *identities)
{
    const struct facts_client *teller = find_teller(facts, identities);
    struct family_match match;
    struct stage *roll;

    if (teller == NULL)
        return 0;
    families_match(teller->first_key, &match);
    roll = add_stage(stages, &match, teller->first_key);
    if (roll == NULL)
        return TCPSTORE_ENOMEM;
    roll->teller = teller->first_key;
    if (roll->waiters == 0) {
        families_call_roll(&roll->match);
        roll->key = span_of("", 0);
    }
    identities->roll = roll;
    return 0;
}

/* Takes the first `count` stages off *list and returns them in order. */
static struct stage *sort(struct stage **list, size_t count)
{
    struct stage *sorted = NULL;
    struct stage **end = &sorted;
    struct stage *a;
    struct stage *b;

    if (count == 1) {
        a = *list;
        assert(a != NULL); /* the list has `count` stages or more */
        *list = a->next;
        a->next = NULL;
        return a;
    }
    a = sort(list, count / 2);
    b = sort(list, count - count / 2);
    while (a != NULL && b != NULL) {
        struct stage **longer = a->longest_ms >= b->longest_ms ? &a : &b;

        *end = *longer;
        end = &(*end)->next;
        *longer = *end;
    }
    *end = a != NULL ? a : b;
    return sorted;
}

/* The numbers below which members are asked for: the highest that is awaited or known, and one
 * for each client. */
static size_t bound_for(
    const struct stage *stage, const struct facts *facts, const struct identities *identities)
{
    size_t bound = (size_t)stage->highest + 1;

    if (bound < facts->world)
        bound = facts->world;
    if (bound <= facts->client_count)
        bound = facts->client_count + 1;
    return bound > identities->bound ? bound : identities->bound;
}

static int prepare_answers(
    struct stages *stages, const struct facts *facts, const struct identities *identities)
{
    for (struct stage *stage = stages->first; stage != NULL; stage = stage->next) {
        size_t bound = bound_for(stage, facts, identities);

        if (stage->match.family->setter != SETTER_NUMBERED ||
            bound > STAGES_ASK_MAX - stages->asked)
            bound = 0;
        if (numbers_init(&stage->present, stages->memory, (uint32_t)bound))
            return TCPSTORE_ENOMEM;
        stages->asked += bound;
    }
    return 0;
}

int stages_init(
    struct stages *stages, struct memory *memory, const struct hash_key *hash_key,
    const struct facts *facts, struct identities *identities)
{
    int code;

    *stages = (struct stages){.memory = memory};
    code = table_init(&stages->table, memory, hash_key, sizeof(struct stage));
    if (code == 0)
        code = collect(stages, facts, identities);
    if (code == 0)
        code = collect_agents(stages, facts, identities);
    if (code == 0)
        code = add_roll(stages, facts, identities);
    if (code)
        return code;
    if (stages->first != NULL)
        stages->first = sort(&stages->first, stages->count);
    return prepare_answers(stages, facts, identities);
}

void stages_done(struct stages *stages)
{
    struct table_node *node;

    while ((node = table_pop(&stages->table)) != NULL) {
        struct stage *stage = stage_at(&node);

        numbers_done(&stage->present, stages->memory);
        memory_free(stages->memory, stage, stage_size(node->key_len));
    }
    table_done(&stages->table);
}

bool stage_is_watched(const struct stage *stage)
{
    return stage->most_size == 0 && stage->match.family->setter == SETTER_EVENT;
}

size_t stage_key(const struct stage *stage, uint32_t number, uint8_t *key)
{
    uint8_t *end = span_copy(key, stage->match.before);

    if (!stage->match.has_number)
        return (size_t)(end - key);
    end += decimal_format(number, end);
    return (size_t)(span_copy(end, stage->match.after) - key);
}

void stages_settle(struct stages *stages)
{
    for (struct stage *stage = stages->first; stage != NULL; stage = stage->next) {
        if (stage->present.count == 0 && stage->lowest == stage->highest)
            families_ignore_number(&stage->match);
    }
}
