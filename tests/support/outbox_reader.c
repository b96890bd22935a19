#include "support/outbox_reader.h"

#include "support/test.h"

enum {
    VIEWS = 3 /* few, so that reading takes several steps */
};

void outbox_read(struct outbox *outbox, struct buffer *buffer)
{
    struct span views[VIEWS];

    while (outbox->bytes > 0) {
        size_t count = outbox_peek(outbox, views, VIEWS);
        size_t before = buffer->len;

        assert_in_range(count, 1, VIEWS);
        for (size_t i = 0; i < count; i++)
            buffer_add(buffer, views[i]);
        outbox_consume(outbox, buffer->len - before);
    }
    assert_int_equal(outbox_peek(outbox, views, VIEWS), 0);
}

void outbox_expect(struct outbox *outbox, struct span bytes)
{
    struct buffer actual = {0};

    outbox_read(outbox, &actual);
    assert_spans_equal(buffer_span(&actual), bytes);
    buffer_free(&actual);
}
