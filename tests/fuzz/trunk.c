/*
 * Arbitrary bytes to one end of a trunk, arbitrarily cut. The same frames are read as if all
 * bytes had arrived at once, none reaches beyond the bytes that have arrived, and what is
 * received grows by what is taken.
 */
#include "fuzz/arena.h"
#include "fuzz/arrival.h"
#include "trunk/greeting.h"
#include "trunk/incoming.h"
#include "trunk/opening.h"
#include "trunk/reader.h"

enum { LARGEST = 4096 };

static void take_opening(struct span bytes)
{
    struct opening opening;

    if (opening_read(bytes, &opening))
        MUST(
            opening.store.len + opening.host.len + opening.program.len < bytes.len &&
            opening.rank >= -1 && opening.process <= INT32_MAX);
}

static void take_items(const struct frame *frame, struct incoming *incoming)
{
    uint64_t before = incoming->received;
    struct frame_items items;
    size_t taken = 0;

    if (!frame_read_items(frame, &items) || !incoming_accept(incoming, &items))
        return;
    while (items.left > 0) {
        struct item item = frame_take_item(&items);

        MUST(item.kind >= ITEM_OPEN && item.kind <= ITEM_STORE_CLOSED);
        MUST(item.session < ITEM_SESSIONS_MAX);
        take_opening(item.bytes);
        MUST(item.bytes.len <= frame->payload.len);
        taken++;
    }
    MUST(items.rest.len == 0);
    MUST(incoming->received == before + taken);
}

static void take_frame(const struct frame *frame, struct incoming *incoming)
{
    struct hello hello;
    struct welcome welcome;
    struct refused refused;
    uint64_t received;

    if (frame->type == FRAME_ITEMS)
        take_items(frame, incoming);
    else if (frame->type == FRAME_ACK)
        frame_read_ack(frame, &received);
    else if (greeting_read_hello(frame, &hello))
        MUST(hello.name.len <= GREETING_TEXT_MAX);
    else if (!greeting_read_welcome(frame, &welcome) && greeting_read_refused(frame, &refused))
        MUST(refused.text.len <= GREETING_TEXT_MAX);
}

/* Frames, and the bytes of all. */
struct sum {
    size_t frames;
    size_t bytes;
    bool is_bad;
};

static void read_bytes(
    struct reader *reader, struct span bytes, struct incoming *incoming, struct sum *sum)
{
    struct frame frame;
    enum reader_result result = READER_MORE;

    while (!sum->is_bad && (result = reader_take(reader, &bytes, &frame)) == READER_FRAME) {
        sum->frames++;
        sum->bytes += FRAME_HEAD + frame.payload.len;
        take_frame(&frame, incoming);
    }
    MUST(result != READER_NO_MEMORY);
    if (result == READER_BAD)
        sum->is_bad = true;
    else
        MUST(sum->is_bad || bytes.len == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span input = span_of(data, size);
    struct arrival arrival = arrival_begin(&input);
    struct arena arena;
    struct memory memory;
    struct reader cut, whole;
    struct incoming from_cut = {0}, from_whole = {0};
    struct sum of_cut = {0}, of_whole = {0};

    arena_init(&arena, &memory, 0);
    reader_init(&cut, &memory, LARGEST);
    reader_init(&whole, &memory, LARGEST);
    while (!arrival_is_over(&arrival))
        read_bytes(&cut, arrival_next(&arrival), &from_cut, &of_cut);
    read_bytes(&whole, arrival.stream, &from_whole, &of_whole);
    MUST(of_cut.frames == of_whole.frames && of_cut.bytes == of_whole.bytes);
    MUST(of_cut.is_bad == of_whole.is_bad);
    MUST(from_cut.received == from_whole.received);
    reader_done(&cut);
    reader_done(&whole);
    MUST(memory.used == 0 && arena.blocks == 0);
    arrival_end(&arrival);
    return 0;
}
