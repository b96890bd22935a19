#include "relays/relay.h"

#include "base/container.h"

enum {
    SLOTS_MIN = 64,
    READS_PER_TURN = 64,
    READ_STEPS = 16,
};

static struct relay *relay_of(struct relayed_shared *shared)
{
    return CONTAINER_OF(shared, struct relay, shared);
}

static void on_wake(struct relayed_shared *shared)
{
    struct relay *relay = relay_of(shared);

    turns_add(relay->config->turns, &relay->turn);
}

static void on_left(struct relayed_shared *shared, uint32_t number)
{
    struct slot *slot = &relay_of(shared)->slots[number];

    slot->relayed = NULL;
    slot->is_taken = !slot->has_left;
}

void relay_tell_closed(struct relay *relay)
{
    struct list *closing = &relay->shared.closing;

    while (!list_is_empty(closing))
        relayed_tell_closed(CONTAINER_OF(closing->next, struct relayed, link));
}

static void on_turn(struct turn *turn)
{
    struct relay *relay = CONTAINER_OF(turn, struct relay, turn);
    struct list *readable = &relay->shared.readable;
    long steps = turn_begin(relay->config->turns, turn) - SOCKET_SEND_STEPS;

    for (int i = 0; i < READS_PER_TURN && !list_is_empty(readable); i++) {
        relayed_read_some(CONTAINER_OF(readable->next, struct relayed, link));
        steps -= READ_STEPS;
    }
    relay_tell_closed(relay);
    turn_end(relay->config->turns, turn, steps);
    if (!list_is_empty(readable))
        turns_add(relay->config->turns, turn);
    relay->config->ready(relay->config->context, relay);
}

void relay_done(struct relay *relay)
{
    turn_cancel(&relay->turn);
    trunk_done(&relay->shared.trunk);
    if (relay->slots != NULL)
        memory_free(
            relay->config->memory, relay->slots, relay->slot_count * sizeof(*relay->slots));
}

/* NULL: memory is refused. */
static struct slot *slot_for(struct relay *relay, uint32_t number)
{
    uint32_t count = relay->slot_count == 0 ? SLOTS_MIN : relay->slot_count;
    struct slot *slots;

    while (count <= number)
        count *= 2;
    if (count == relay->slot_count)
        return &relay->slots[number];
    slots = relay->slots == NULL
                ? memory_alloc(relay->config->memory, count * sizeof(*slots))
                : memory_realloc(
                      relay->config->memory, relay->slots, relay->slot_count * sizeof(*slots),
                      count * sizeof(*slots));
    if (slots == NULL)
        return NULL;
    memset(slots + relay->slot_count, 0, (count - relay->slot_count) * sizeof(*slots));
    relay->slots = slots;
    relay->slot_count = count;
    return &slots[number];
}

static bool refuse(struct relay *relay, uint32_t number)
{
    const struct item leave = {number, ITEM_LEAVE, span_of(NULL, 0)};

    on_wake(&relay->shared);
    return outgoing_add(&relay->shared.trunk.outgoing, &leave) == 0;
}

/* NULL: memory is refused. */
static struct remote_process *process_of(
    const struct relay *relay, const struct opening *opening)
{
    struct memory *memory = relay->config->memory;
    struct span host =
        opening->host.len > 0 ? opening->host : span_of(relay->host, relay->host_len);

    if (!relay->config->identifies)
        return remote_process_new(memory, -1, 0, host, span_of(NULL, 0));
    return remote_process_new(
        memory, opening->rank, (int32_t)opening->process, host, opening->program);
}

/* NULL: memory is refused. */
static struct relayed *open_relayed(
    struct relay *relay, uint32_t number, const struct opening *opening)
{
    struct relayed *relayed = relayed_open(&relay->shared, number, relay->config->memory);

    if (relayed == NULL)
        return NULL;
    relayed->stream.process = process_of(relay, opening);
    if (relayed->stream.process != NULL)
        return relayed;
    relayed_discard(relayed);
    return NULL;
}

static bool open_slot(struct relay *relay, const struct item *item)
{
    struct slot *slot = slot_for(relay, item->session);
    struct opening opening;
    struct relayed *relayed;

    if (slot == NULL || slot->is_taken || !opening_read(item->bytes, &opening))
        return false;
    *slot = (struct slot){.is_taken = true};
    relayed = open_relayed(relay, item->session, &opening);
    if (relayed == NULL)
        return refuse(relay, item->session);
    slot->relayed = relayed;
    if (relay->config->opened(relay->config->context, relay, &opening, &relayed->stream))
        return true;
    relayed_discard(relayed);
    slot->relayed = NULL;
    return refuse(relay, item->session);
}

static void leave_slot(struct slot *slot)
{
    slot->has_left = true;
    if (slot->relayed != NULL)
        relayed_end(slot->relayed, UV_EOF);
    else
        slot->is_taken = false;
}

static bool take_told(struct relayed *relayed, struct span bytes)
{
    uint32_t taken;

    return trunk_read_taken(bytes, &taken) && relayed_told(relayed, taken);
}

/* Without memory, what was known before stays. */
static bool take_about(const struct relay *relay, struct relayed *relayed, struct span bytes)
{
    struct opening opening;
    struct remote_process *process;

    if (!opening_read(bytes, &opening))
        return false;
    process = process_of(relay, &opening);
    if (process == NULL)
        return true;
    remote_process_free(relay->config->memory, relayed->stream.process);
    relayed->stream.process = process;
    if (relayed->stream.events->identified != NULL)
        relayed->stream.events->identified(relayed->stream.owner);
    return true;
}

static bool take_of_slot(const struct relay *relay, struct slot *slot, const struct item *item)
{
    if (item->kind != ITEM_TAKEN && slot->has_left)
        return false;
    if (item->kind == ITEM_LEAVE)
        leave_slot(slot);
    else if (slot->relayed == NULL) /* which the relay did not know */
        return true;
    else if (item->kind == ITEM_BYTES)
        return relayed_receive(slot->relayed, item->bytes);
    else if (item->kind == ITEM_ABOUT)
        return take_about(relay, slot->relayed, item->bytes);
    else
        return take_told(slot->relayed, item->bytes);
    return true;
}

static bool on_item(void *owner, const struct item *item)
{
    struct relay *relay = owner;
    struct slot *slot;

    if (item->kind == ITEM_OPEN)
        return open_slot(relay, item);
    if (item->kind > ITEM_ABOUT || item->session >= relay->slot_count)
        return false;
    slot = &relay->slots[item->session];
    if (!slot->is_taken) /* it was sent before the relay knew that the client has left here */
        return item->kind == ITEM_TAKEN;
    return take_of_slot(relay, slot, item);
}

/* Those that paused because too much was not acknowledged: in turn, since the first ones may
 * use the room up. */
static void on_room(void *owner)
{
    struct relay *relay = owner;

    for (uint32_t i = 0; i < relay->slot_count; i++) {
        struct slot *slot = &relay->slots[relay->next % relay->slot_count];

        if (outgoing_is_full(&relay->shared.trunk.outgoing))
            return;
        relay->next = (relay->next + 1) % relay->slot_count;
        if (slot->relayed != NULL)
            relayed_go_on(slot->relayed);
    }
}

bool relay_take(struct relay *relay, const struct frame *frame)
{
    on_wake(&relay->shared); /* to acknowledge it, or to end the relay */
    return trunk_take(&relay->shared.trunk, frame);
}

void relay_tell_store(struct relay *relay, uint16_t port, struct span name, bool is_open)
{
    if (is_open)
        trunk_add(&relay->shared.trunk, port, ITEM_STORE_OPENED, name);
    else
        trunk_add(&relay->shared.trunk, port, ITEM_STORE_CLOSED, span_of(NULL, 0));
    on_wake(&relay->shared);
}

void relay_end(struct relay *relay, int status)
{
    for (uint32_t i = 0; i < relay->slot_count; i++) {
        struct slot *slot = &relay->slots[i];

        slot->has_left = true;
        if (slot->relayed != NULL)
            relayed_end(slot->relayed, status);
    }
}

void relay_init(
    struct relay *relay, const struct relay_config *config, const struct hello *hello)
{
    static const struct trunk_events trunk_events = {on_item, on_room};

    *relay = (struct relay){
        .config = config,
        .shared = {.wake = on_wake, .left = on_left},
        .turn.run = on_turn,
    };
    trunk_init(&relay->shared.trunk, config->memory, config->high_water, &trunk_events, relay);
    list_init(&relay->shared.readable);
    list_init(&relay->shared.closing);
    memcpy(relay->id, hello->relay, GREETING_ID_SIZE);
    span_copy(relay->host, hello->name);
    relay->host_len = hello->name.len;
}
