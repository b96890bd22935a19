#include "observe/stage_answers.h"

#include <jansson.h>

#include "base/decimal.h"
#include "engine/view.h"

enum {
    VALUE_MAX = 4096 /* bytes of a value that may have the world size: others are longer */
};

/* See python/tcpstore/ranks.py. 0: the value is another one. */
static uint32_t world_size(struct span value)
{
    json_t *object = NULL;
    json_int_t size;

    if (value.len <= VALUE_MAX)
        object = json_loadb((const char *)value.bytes, value.len, 0, NULL);
    size = json_integer_value(json_object_get(object, "world_size"));
    json_decref(object);
    return size >= 1 && size <= FACTS_WORLD_MAX ? (uint32_t)size : 0;
}

static void answer_counter(const struct engine *engine, struct stage *stage)
{
    uint8_t key[FACTS_KEY_MAX + DECIMAL_MAX];
    size_t len = families_counter(stage->match.family, stage->key, key);

    if (decimal_parse(view_value(engine, span_of(key, len)), &stage->counted))
        stage->counted = -1;
}

bool stage_answer_next(const struct engine *engine, struct stage *stage, uint32_t *number)
{
    uint8_t key[FACTS_KEY_MAX + DECIMAL_MAX];
    size_t len;

    if (stage->match.family->setter == SETTER_LAST_MEMBER) {
        answer_counter(engine, stage);
        return true;
    }
    if (*number == 0 && stage->teller.len > 0)
        stage->world = world_size(view_value(engine, stage->teller));
    if (*number < stage->present.bound) {
        len = stage_key(stage, *number, key);
        if (view_has(engine, span_of(key, len)))
            numbers_add(&stage->present, *number);
        ++*number;
    }
    return *number >= stage->present.bound;
}
