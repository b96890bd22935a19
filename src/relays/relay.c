#include "relays/relay.h"

#include "base/bytes.h"
#include "base/container.h"

enum {
    SEATS_MIN = 64,
    READS_PER_TURN = 64,
    READ_STEPS = 16,
};

static struct relay *relay_of(struct carrier *carrier)
{
    return CONTAINER_OF(carrier, struct relay, carrier);
}

static void on_wake(struct carrier *carrier)
{
    struct relay *relay = relay_of(carrier);

    turns_add(relay->config->turns, &relay->turn);
}

static void on_left(struct carrier *carrier, uint32_t number)
{
    struct seat *seat = &relay_of(carrier)->seats[number];

    seat->relayed = NULL;
    seat->is_taken = !seat->has_left;
}

void relay_tell_closed(struct relay *relay)
{
    struct list *closing = &relay->carrier.closing;

    while (!list_is_empty(closing))
        relayed_tell_closed(CONTAINER_OF(closing->next, struct relayed, link));
}

static void on_turn(struct turn *turn)
{
    struct relay *relay = CONTAINER_OF(turn, struct relay, turn);
    struct list *readable = &relay->carrier.readable;
    long steps = turn_begin(relay->config->turns, turn);

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
    trunk_done(&relay->carrier.trunk);
    if (relay->seats != NULL)
        memory_free(
            relay->config->memory, relay->seats, relay->seat_count * sizeof(*relay->seats));
}

/* NULL: memory is refused. */
static struct seat *seat_for(struct relay *relay, uint32_t number)
{
    uint32_t count = relay->seat_count == 0 ? SEATS_MIN : relay->seat_count;
    struct seat *seats;

    while (count <= number)
        count *= 2;
    if (count == relay->seat_count)
        return &relay->seats[number];
    seats = relay->seats == NULL
                ? memory_alloc(relay->config->memory, count * sizeof(*seats))
                : memory_realloc(
                      relay->config->memory, relay->seats, relay->seat_count * sizeof(*seats),
                      count * sizeof(*seats));
    if (seats == NULL)
        return NULL;
    memset(seats + relay->seat_count, 0, (count - relay->seat_count) * sizeof(*seats));
    relay->seats = seats;
    relay->seat_count = count;
    return &seats[number];
}

static bool refuse(struct relay *relay, uint32_t number)
{
    const struct item leave = {number, ITEM_LEAVE, span_of(NULL, 0)};

    on_wake(&relay->carrier);
    return outgoing_add(&relay->carrier.trunk.outgoing, &leave) == 0;
}

static bool open_seat(struct relay *relay, const struct item *item)
{
    struct seat *seat = seat_for(relay, item->session);
    struct opening opening;
    struct relayed *relayed;

    if (seat == NULL || seat->is_taken || !opening_read(item->bytes, &opening))
        return false;
    *seat = (struct seat){.is_taken = true};
    relayed = relayed_open(&relay->carrier, item->session, relay->config->memory);
    if (relayed == NULL)
        return refuse(relay, item->session);
    seat->relayed = relayed;
    if (relay->config->opened(relay->config->context, relay, &opening, &relayed->stream))
        return true;
    relayed_discard(relayed);
    seat->relayed = NULL;
    return refuse(relay, item->session);
}

static void leave_seat(struct seat *seat)
{
    seat->has_left = true;
    if (seat->relayed != NULL)
        relayed_end(seat->relayed, UV_EOF);
    else
        seat->is_taken = false;
}

static bool take_told(struct relayed *relayed, struct span bytes)
{
    return bytes.len == sizeof(uint32_t) && relayed_told(relayed, bytes_get_u32(bytes.bytes));
}

static bool take_of_seat(struct seat *seat, const struct item *item)
{
    if (item->kind != ITEM_TAKEN && seat->has_left)
        return false;
    if (item->kind == ITEM_LEAVE)
        leave_seat(seat);
    else if (seat->relayed == NULL) /* which the relay did not know */
        return true;
    else if (item->kind == ITEM_BYTES)
        return relayed_receive(seat->relayed, item->bytes);
    else
        return take_told(seat->relayed, item->bytes);
    return true;
}

static bool on_item(void *owner, const struct item *item)
{
    struct relay *relay = owner;
    struct seat *seat;

    if (item->kind == ITEM_OPEN)
        return open_seat(relay, item);
    if (item->session >= relay->seat_count)
        return false;
    seat = &relay->seats[item->session];
    if (!seat->is_taken) /* it was sent before the relay knew that the client has left here */
        return item->kind == ITEM_TAKEN;
    return take_of_seat(seat, item);
}

/* Those that paused because too much was not acknowledged: in turn, since the first ones may
 * use the room up. */
static void on_room(void *owner)
{
    struct relay *relay = owner;

    for (uint32_t i = 0; i < relay->seat_count; i++) {
        struct seat *seat = &relay->seats[relay->next % relay->seat_count];

        if (outgoing_is_full(&relay->carrier.trunk.outgoing))
            return;
        relay->next = (relay->next + 1) % relay->seat_count;
        if (seat->relayed != NULL)
            relayed_go_on(seat->relayed);
    }
}

bool relay_take(struct relay *relay, const struct frame *frame)
{
    on_wake(&relay->carrier); /* to acknowledge it, or to end the relay */
    return trunk_take(&relay->carrier.trunk, frame);
}

void relay_end(struct relay *relay, int status)
{
    for (uint32_t i = 0; i < relay->seat_count; i++) {
        struct seat *seat = &relay->seats[i];

        seat->has_left = true;
        if (seat->relayed != NULL)
            relayed_end(seat->relayed, status);
    }
}

void relay_init(
    struct relay *relay, const struct relay_config *config, const uint8_t id[GREETING_ID_SIZE])
{
    static const struct trunk_events trunk_events = {on_item, on_room};

    *relay = (struct relay){
        .config = config,
        .carrier = {.wake = on_wake, .left = on_left},
        .turn.run = on_turn,
    };
    trunk_init(&relay->carrier.trunk, config->memory, config->high_water, &trunk_events, relay);
    list_init(&relay->carrier.readable);
    list_init(&relay->carrier.closing);
    memcpy(relay->id, id, GREETING_ID_SIZE);
}
