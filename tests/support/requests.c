#include "support/requests.h"

#include "support/test.h"

void add_word(struct buffer *buffer, enum operation operation, uint32_t word)
{
    buffer_add_u8(buffer, (uint8_t)operation);
    buffer_add_u32(buffer, word);
}

void add_bare(struct buffer *buffer, enum operation operation)
{
    buffer_add_u8(buffer, (uint8_t)operation);
}

void add_keyed(struct buffer *buffer, enum operation operation, const char *key)
{
    buffer_add_u8(buffer, (uint8_t)operation);
    buffer_add_sized(buffer, text(key));
}

void add_valued(
    struct buffer *buffer, enum operation operation, const char *key, struct span value)
{
    add_keyed(buffer, operation, key);
    buffer_add_sized(buffer, value);
}

void add_numbered(
    struct buffer *buffer, enum operation operation, const char *key, int64_t number)
{
    add_keyed(buffer, operation, key);
    buffer_add_u64(buffer, (uint64_t)number);
}

/* Takes a word from the front of `words`; an empty span at the end. */
static struct span take_word(const char **words)
{
    const char *begin = *words + strspn(*words, " ");
    size_t len = strcspn(begin, " ");

    *words = begin + len;
    return span_of(begin, len);
}

static size_t count_words(const char *words)
{
    size_t count = 0;

    while (take_word(&words).len > 0)
        count++;
    return count;
}

static void add_words(struct buffer *buffer, const char *words)
{
    struct span word;

    while ((word = take_word(&words)).len > 0)
        buffer_add_sized(buffer, word);
}

void add_keys(struct buffer *buffer, enum operation operation, const char *keys)
{
    buffer_add_u8(buffer, (uint8_t)operation);
    buffer_add_u64(buffer, count_words(keys));
    add_words(buffer, keys);
}

void add_multi_set(struct buffer *buffer, const char *words)
{
    buffer_add_u8(buffer, OP_MULTI_SET);
    buffer_add_u64(buffer, count_words(words) / 2);
    add_words(buffer, words);
}

void add_compare_set(
    struct buffer *buffer, const char *key, struct span expected, struct span desired)
{
    add_keyed(buffer, OP_COMPARE_SET, key);
    buffer_add_sized(buffer, expected);
    buffer_add_sized(buffer, desired);
}

void add_example(struct buffer *buffer, enum operation operation)
{
    switch (operation) {
    case OP_VALIDATE:
    case OP_PING:
        add_word(buffer, operation, MAGIC);
        break;
    case OP_SET:
    case OP_APPEND:
    case OP_QUEUE_PUSH:
        add_valued(buffer, operation, "key", text("a value"));
        break;
    case OP_COMPARE_SET:
        add_compare_set(buffer, "key", text("old"), text("newer"));
        break;
    case OP_ADD:
    case OP_BARRIER:
        add_numbered(buffer, operation, "counter", -2);
        break;
    case OP_CHECK:
    case OP_WAIT:
    case OP_MULTI_GET:
        add_keys(buffer, operation, "one two three");
        break;
    case OP_MULTI_SET:
        add_multi_set(buffer, "one 1 two 22 three 333");
        break;
    case OP_GET:
    case OP_DELETE_KEY:
    case OP_QUEUE_POP:
    case OP_QUEUE_LEN:
        add_keyed(buffer, operation, "key");
        break;
    case OP_GETNUMKEYS:
    case OP_CANCEL_WAIT:
    case OP_LIST_KEYS:
        add_bare(buffer, operation);
        break;
    case OP_COUNT:
        fail();
    }
}
