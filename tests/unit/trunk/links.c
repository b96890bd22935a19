/*
 * Two ends of a trunk, on links that break at any byte. Each adds numbered items at random;
 * bytes arrive in pieces; a break loses what is under way. In the end each has received what
 * the other has added, in order, once.
 */
#include <stdlib.h>

#include "sim/random.h"
#include "support/allocator.h"
#include "support/test.h"
#include "trunk/incoming.h"
#include "trunk/outgoing.h"
#include "trunk/reader.h"

enum {
    RUNS = 300,
    STEPS = 2000,
    UNDER_WAY = 1 << 20,
    ITEM_MAX = 1 << 17,
    FRAME_MAX = ITEM_MAX + FRAME_ITEMS_HEAD + FRAME_ITEM_HEAD,
    HIGH_WATER = 256 << 10,
};

struct end {
    struct outgoing outgoing;
    struct incoming incoming;
    struct reader reader;
    uint64_t taken;     /* items that were taken, which are numbered inside, too */
    uint8_t *under_way; /* bytes to the other end */
    size_t under_way_len;
};

struct fixture {
    struct allocator allocator;
    struct memory memory;
    struct end ends[2];
    struct random random;
    uint8_t *item;
    size_t breaks;
};

static void open_end(struct fixture *f, struct end *end)
{
    *end = (struct end){.under_way = malloc(UNDER_WAY)};
    assert_non_null(end->under_way);
    outgoing_init(&end->outgoing, &f->memory, HIGH_WATER);
    reader_init(&end->reader, &f->memory, FRAME_MAX);
}

static void close_end(struct end *end)
{
    outgoing_done(&end->outgoing);
    reader_done(&end->reader);
    free(end->under_way);
}

/* The number of the item, and as many bytes as it says. */
static void add(struct fixture *f, struct end *end)
{
    uint64_t number = end->outgoing.added + 1;
    size_t len =
        sizeof(number) + (random_one_in(&f->random, 50) ? random_below(&f->random, ITEM_MAX - 8)
                                                        : random_below(&f->random, 100));
    const struct item item = {
        (uint32_t)number, number % 9 == 0 ? ITEM_LEAVE : ITEM_BYTES, span_of(f->item, len)};

    if (outgoing_is_full(&end->outgoing))
        return;
    memcpy(f->item, &number, sizeof(number));
    assert_int_equal(outgoing_add(&end->outgoing, &item), 0);
}

static void take(struct end *end, const struct item *item)
{
    uint64_t number;

    assert_true(item->bytes.len >= sizeof(number));
    memcpy(&number, item->bytes.bytes, sizeof(number));
    assert_int_equal(number, end->taken + 1);
    assert_int_equal(item->session, (uint32_t)number);
    end->taken = number;
}

static void take_frame(struct end *end, const struct frame *frame)
{
    struct frame_items items;
    uint64_t received;

    if (frame->type == FRAME_ACK) {
        assert_true(frame_read_ack(frame, &received));
    } else {
        assert_true(frame_read_items(frame, &items));
        received = items.received;
        assert_true(incoming_accept(&end->incoming, &items));
        while (items.left > 0) {
            struct item item = frame_take_item(&items);

            take(end, &item);
        }
        assert_int_equal(end->taken, end->incoming.received);
    }
    assert_true(outgoing_acknowledge(&end->outgoing, received));
}

/* Some of the bytes that it wants to send get under way. */
static void send_some(struct fixture *f, struct end *end, uint32_t most)
{
    struct span bytes = outgoing_next(&end->outgoing, end->incoming.received);
    size_t room = UNDER_WAY - end->under_way_len;
    size_t len = 1 + random_below(&f->random, most);

    if (len > bytes.len)
        len = bytes.len;
    if (len > room)
        len = room;
    if (len == 0)
        return;
    span_copy(end->under_way + end->under_way_len, span_of(bytes.bytes, len));
    end->under_way_len += len;
    outgoing_sent(&end->outgoing, len);
}

/* Some of the bytes that are under way to it arrive. */
static void receive_some(struct fixture *f, struct end *from, struct end *end, uint32_t most)
{
    size_t len = 1 + random_below(&f->random, most);
    struct span bytes;
    struct frame frame;
    enum reader_result result;

    if (len > from->under_way_len)
        len = from->under_way_len;
    bytes = span_of(from->under_way, len);
    while ((result = reader_take(&end->reader, &bytes, &frame)) == READER_FRAME)
        take_frame(end, &frame);
    assert_int_equal(result, READER_MORE);
    from->under_way_len -= len;
    memmove(from->under_way, from->under_way + len, from->under_way_len);
}

/* The next link begins with what each has received. */
static void break_link(struct fixture *f)
{
    f->breaks++;
    for (int i = 0; i < 2; i++) {
        reader_clear(&f->ends[i].reader);
        f->ends[i].under_way_len = 0;
    }
    for (int i = 0; i < 2; i++)
        assert_true(outgoing_resume(
            &f->ends[i].outgoing, f->ends[1 - i].incoming.received,
            f->ends[i].incoming.received));
}

static uint32_t piece(struct random *random)
{
    return random_one_in(random, 3) ? 20 : 70000;
}

static void step(struct fixture *f)
{
    int side = (int)random_below(&f->random, 2);
    struct end *end = &f->ends[side], *other = &f->ends[1 - side];

    switch (random_below(&f->random, 4)) {
    case 0:
        add(f, end);
        break;
    case 1:
        send_some(f, end, piece(&f->random));
        break;
    default:
        receive_some(f, other, end, piece(&f->random));
    }
    if (random_one_in(&f->random, 100))
        break_link(f);
}

static bool is_settled(const struct end *end, const struct end *other)
{
    return other->taken == end->outgoing.added && list_is_empty(&end->outgoing.frames);
}

static void settle(struct fixture *f)
{
    while (!is_settled(&f->ends[0], &f->ends[1]) || !is_settled(&f->ends[1], &f->ends[0])) {
        for (int i = 0; i < 2; i++) {
            send_some(f, &f->ends[i], UINT32_MAX);
            receive_some(f, &f->ends[i], &f->ends[1 - i], UINT32_MAX);
        }
    }
}

static void run(struct fixture *f, unsigned seed)
{
    f->random = random_of(seed, 0);
    for (int i = 0; i < 2; i++)
        open_end(f, &f->ends[i]);
    for (int i = 0; i < STEPS; i++)
        step(f);
    settle(f);
    assert_int_equal(f->ends[0].outgoing.bytes + f->ends[1].outgoing.bytes, 0);
    for (int i = 0; i < 2; i++)
        close_end(&f->ends[i]);
    allocator_check_empty(&f->allocator, &f->memory);
}

static void broken_links_lose_and_double_nothing(void **state)
{
    struct fixture f = {.item = calloc(1, ITEM_MAX)};

    (void)state;
    assert_non_null(f.item);
    allocator_init(&f.allocator, &f.memory);
    for (unsigned seed = 0; seed < RUNS; seed++)
        run(&f, seed);
    assert_true(f.breaks > RUNS);
    free(f.item);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(broken_links_lose_and_double_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
