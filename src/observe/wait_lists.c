#include "observe/answers.h"
#include "observe/json.h"

/* Adds stages, for which `make` returns an item or NULL, to a page. A stage's number is its
 * place among those. */
static void answer_stages(
    struct inquiry *inquiry, const struct report *report, const char *name,
    bool (*belongs)(const struct stage *stage), json_t *(*make)(const struct stage *stage))
{
    json_t *items = json_array();
    uint64_t number = 0;

    for (const struct stage *stage = report->stages.first; stage != NULL; stage = stage->next) {
        if (!belongs(stage))
            continue;
        if (page_has(&inquiry->page, ++number))
            json_append(items, make(stage));
    }
    inquiry_answer_page(inquiry, name, items, page_next(&inquiry->page, number), number);
}

static bool is_awaited(const struct stage *stage)
{
    return stage->waiters > 0;
}

static json_t *make_wait(const struct stage *stage)
{
    json_t *item = json_object();

    json_set(item, "key", json_bytes(stage->key));
    json_set_number(item, "clients", stage->waiters);
    json_set(item, "longest_seconds", json_seconds(stage->longest_ms));
    json_set_text(item, "stage", stage->match.family->stage);
    json_set_flag(item, "watched", stage_is_watched(stage));
    return item;
}

void work_out_waits(struct inquiry *inquiry, struct report *report)
{
    answer_stages(inquiry, report, "waits", is_awaited, make_wait);
}

static bool is_barrier(const struct stage *stage)
{
    return stage->most_size > 0 || stage->match.family->setter == SETTER_LAST_MEMBER;
}

/* All that have come to a BARRIER wait in it; the members of another barrier count themselves
 * in a key. */
static json_t *make_barrier(const struct stage *stage)
{
    json_t *item = json_object();

    json_set(item, "name", json_bytes(stage->key));
    json_set_number(
        item, "come",
        stage->most_size > 0 ? stage->waiters
                             : (uint64_t)(stage->counted > 0 ? stage->counted : 0));
    json_set(item, "world", json_number_or_null(stage->most_size, 1));
    json_set_number(item, "waiting", stage->waiters);
    json_set(item, "longest_seconds", json_seconds(stage->longest_ms));
    return item;
}

void work_out_barriers(struct inquiry *inquiry, struct report *report)
{
    answer_stages(inquiry, report, "barriers", is_barrier, make_barrier);
}
