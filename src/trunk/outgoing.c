#include "trunk/outgoing.h"

#include "base/container.h"

enum { FRAME_SIZE = 32 << 10 /* bytes; an item that does not fit has a frame of its own */ };

struct outgoing_frame {
    struct list link;
    uint64_t first; /* the number of its first item */
    uint32_t count;
    size_t len;
    size_t capacity;
    uint8_t bytes[];
};

void outgoing_init(struct outgoing *outgoing, struct memory *memory, size_t high_water)
{
    *outgoing = (struct outgoing){.memory = memory, .high_water = high_water};
    list_init(&outgoing->frames);
}

static struct outgoing_frame *first_of(const struct outgoing *outgoing)
{
    return list_is_empty(&outgoing->frames)
               ? NULL
               : CONTAINER_OF(outgoing->frames.next, struct outgoing_frame, link);
}

static uint64_t last_number(const struct outgoing_frame *frame)
{
    return frame->first + frame->count - 1;
}

static void drop_first(struct outgoing *outgoing)
{
    struct outgoing_frame *frame = first_of(outgoing);

    outgoing->bytes -= frame->len;
    if (outgoing->open == frame)
        outgoing->open = NULL;
    list_remove(&frame->link);
    memory_free(outgoing->memory, frame, sizeof(*frame) + frame->capacity);
}

void outgoing_done(struct outgoing *outgoing)
{
    while (first_of(outgoing) != NULL)
        drop_first(outgoing);
}

static struct outgoing_frame *open_frame(struct outgoing *outgoing, size_t item_size)
{
    size_t needed = FRAME_ITEMS_HEAD + item_size;
    size_t capacity = needed < FRAME_SIZE ? FRAME_SIZE : needed;
    struct outgoing_frame *frame = memory_alloc(outgoing->memory, sizeof(*frame) + capacity);

    if (frame == NULL)
        return NULL;
    *frame = (struct outgoing_frame){
        .first = outgoing->added + 1, .len = FRAME_ITEMS_HEAD, .capacity = capacity};
    list_append(&outgoing->frames, &frame->link);
    outgoing->bytes += frame->len;
    if (outgoing->next == NULL)
        outgoing->next = frame;
    return frame;
}

int outgoing_add(struct outgoing *outgoing, const struct item *item)
{
    size_t size = FRAME_ITEM_HEAD + item->bytes.len;
    struct outgoing_frame *frame = outgoing->open;

    if (frame == NULL || size > frame->capacity - frame->len)
        frame = open_frame(outgoing, size);
    if (frame == NULL)
        return TCPSTORE_ENOMEM;
    outgoing->open = frame;
    frame_put_item(frame->bytes + frame->len, item);
    frame->len += size;
    frame->count++;
    outgoing->bytes += size;
    outgoing->added++;
    return 0;
}

/* No item is added to it any more: its head tells how many it has. */
static void seal(struct outgoing *outgoing, struct outgoing_frame *frame, uint64_t received)
{
    if (outgoing->open == frame)
        outgoing->open = NULL;
    frame_put_items_head(
        frame->bytes, frame->first, received, frame->count, frame->len - FRAME_ITEMS_HEAD);
    outgoing->told = received;
}

static struct span next_acknowledgement(struct outgoing *outgoing, uint64_t received)
{
    if (!outgoing->is_acknowledging) {
        if (received == outgoing->told)
            return span_of(NULL, 0);
        frame_put_ack(outgoing->ack, received);
        outgoing->told = received;
        outgoing->is_acknowledging = true;
    }
    return span_from(span_of(outgoing->ack, sizeof(outgoing->ack)), outgoing->offset);
}

struct span outgoing_next(struct outgoing *outgoing, uint64_t received)
{
    struct outgoing_frame *frame = outgoing->next;

    if (frame == NULL || outgoing->is_acknowledging)
        return next_acknowledgement(outgoing, received);
    if (outgoing->offset == 0)
        seal(outgoing, frame, received);
    return span_from(span_of(frame->bytes, frame->len), outgoing->offset);
}

static struct outgoing_frame *after(
    const struct outgoing *outgoing, const struct outgoing_frame *frame)
{
    return frame->link.next == &outgoing->frames
               ? NULL
               : CONTAINER_OF(frame->link.next, struct outgoing_frame, link);
}

void outgoing_sent(struct outgoing *outgoing, size_t len)
{
    outgoing->offset += len;
    if (outgoing->is_acknowledging) {
        if (outgoing->offset < sizeof(outgoing->ack))
            return;
        outgoing->is_acknowledging = false;
    } else {
        struct outgoing_frame *frame = outgoing->next;

        if (outgoing->offset < frame->len)
            return;
        if (last_number(frame) > outgoing->sent)
            outgoing->sent = last_number(frame);
        outgoing->next = after(outgoing, frame);
    }
    outgoing->offset = 0;
}

static void drop_received(struct outgoing *outgoing, uint64_t received)
{
    struct outgoing_frame *frame;

    outgoing->acknowledged = received;
    while ((frame = first_of(outgoing)) != NULL && frame != outgoing->next &&
           last_number(frame) <= received)
        drop_first(outgoing);
}

bool outgoing_acknowledge(struct outgoing *outgoing, uint64_t received)
{
    if (received > outgoing->sent)
        return false;
    if (received > outgoing->acknowledged) /* a frame that is sent again tells an old number */
        drop_received(outgoing, received);
    return true;
}

bool outgoing_resume(struct outgoing *outgoing, uint64_t their_received, uint64_t own_received)
{
    if (!outgoing_can_resume(outgoing, their_received))
        return false;
    outgoing->next = NULL; /* so that none is kept for it */
    drop_received(outgoing, their_received);
    outgoing->next = first_of(outgoing);
    outgoing->offset = 0;
    outgoing->is_acknowledging = false;
    outgoing->told = own_received;
    return true;
}
