#include "observe/stage_answers.h"

#include "base/decimal.h"
#include "engine/view.h"

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
    if (*number < stage->present.bound) {
        len = stage_key(stage, *number, key);
        if (view_has(engine, span_of(key, len)))
            numbers_add(&stage->present, *number);
        ++*number;
    }
    return *number >= stage->present.bound;
}
