#include "sim/dataset.h"

#include <stdlib.h>

#include "base/bytes.h"
#include "sim/allocate.h"

enum { NUMBER_BYTES = 4, FILLER_BYTES = 28 };

/* Name 0 is empty, and name 1 has the maximum length. All others begin with their number. */
static size_t name_len(uint32_t name)
{
    if (name < 2)
        return name == 0 ? 0 : NAME_BYTES;
    return NUMBER_BYTES + name * 7 % FILLER_BYTES;
}

static void add_noise(struct buffer *text, struct random *random, size_t len)
{
    for (size_t i = 0; i < len; i++)
        buffer_add_u8(text, (uint8_t)random_next(random));
}

static void add_name(struct dataset *dataset, uint32_t name, struct random *random)
{
    struct buffer *bytes = &dataset->name_bytes;
    size_t len = name_len(name);

    if (len == 0)
        return;
    buffer_add_u32(bytes, name);
    add_noise(bytes, random, len - NUMBER_BYTES);
}

void dataset_init(struct dataset *dataset, uint32_t name_count)
{
    struct random random = {name_count};
    size_t offset = 0;

    name_count += KIND_COUNT - name_count % KIND_COUNT;
    *dataset = (struct dataset){.name_count = name_count};
    add_noise(&dataset->noise, &random, (size_t)2 * VALUE_BYTES);
    for (uint32_t name = 0; name < name_count; name++)
        add_name(dataset, name, &random);
    dataset->names = allocate(name_count, sizeof(*dataset->names));
    for (uint32_t name = 0; name < name_count; name++) {
        dataset->names[name] = span_of(dataset->name_bytes.bytes + offset, name_len(name));
        offset += name_len(name);
    }
}

void dataset_done(struct dataset *dataset)
{
    free(dataset->names);
    buffer_free(&dataset->name_bytes);
    buffer_free(&dataset->noise);
}

uint32_t dataset_find(const struct dataset *dataset, struct span name)
{
    uint32_t number = name.len < NUMBER_BYTES ? 0 : bytes_get_u32(name.bytes);

    if (number >= dataset->name_count || !span_equal(dataset->names[number], name))
        return dataset->name_count;
    return number;
}

uint32_t dataset_name(const struct dataset *dataset, enum kind kind, struct random *random)
{
    uint32_t names = random_one_in(random, 2) ? HOT_NAMES : dataset->name_count;
    uint32_t name = random_below(random, names);

    if (random_one_in(random, 32))
        return name;
    return name - name % KIND_COUNT + (uint32_t)kind;
}

static size_t value_len(struct random *random)
{
    uint32_t dice = random_below(random, 256);

    if (dice < 2)
        return random_one_in(random, 8) ? VALUE_BYTES : random_below(random, VALUE_BYTES);
    if (dice < 4)
        return 4000 + random_below(random, 200);
    if (dice < 8)
        return 1000 + random_below(random, 50);
    return random_below(random, 120);
}

struct span dataset_value(const struct dataset *dataset, struct random *random)
{
    if (random_one_in(random, 2))
        return span_of(dataset->noise.bytes, random_below(random, 4));
    return span_of(dataset->noise.bytes + random_below(random, VALUE_BYTES), value_len(random));
}

struct span dataset_decimal(struct random *random)
{
    static const char *const usual[] = {"0", "1", "2", "3", "10", "99", "-1", "-20"};
    static const char *const odd[] = {
        "",
        "+",
        "-",
        "nine",
        " \t\n\v\f\r12",
        "+7",
        "12 apples",
        "0x10",
        "007",
        "9223372036854775807",
        "-9223372036854775808",
        "9223372036854775808",
        "-9223372036854775809",
        "9223372036854775806",
        "00000000000000000000000000000000000005",
        "--3",
        "                                                               5", /* 64 bytes */
        "                                                               56",
        "000000000000000000000000000000000000000000000000000000000000000056",
    };
    const char *decimal = random_one_in(random, 64) ? odd[random_below(random, 19)]
                                                    : usual[random_below(random, 8)];

    return span_of(decimal, strlen(decimal));
}
