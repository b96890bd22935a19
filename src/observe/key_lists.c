#include <stdlib.h>
#include <string.h>

#include "observe/answers.h"
#include "observe/glob.h"
#include "observe/json.h"

enum {
    SCANNED_MAX = 2048,   /* keys in one page, whether they match or not */
    WORK_MAX = 256 << 10, /* for one page: characters of these keys, and those compared */
    GLOB_MAX = 256,       /* characters */
};

struct listing {
    struct inquiry *inquiry;
    const struct engine *engine;
    struct cursor *cursor;
    const char *glob; /* NULL: all */
    json_t *items;
    size_t work;
};

/* A key that is not listed costs no JSON: most do not match. */
static void list_if_it_matches(struct listing *listing, struct span name, size_t size)
{
    bool is_of_queues = listing->cursor->is_of_queues;
    char *shown = json_show(name);
    json_t *item;

    listing->work += shown == NULL ? 0 : strlen(shown);
    if (shown == NULL || listing->glob == NULL ||
        glob_matches(listing->glob, shown, &listing->work)) {
        item = json_object();
        json_set(
            item, is_of_queues ? "name" : "key", shown == NULL ? NULL : json_string(shown));
        json_set_number(item, is_of_queues ? "entries" : "bytes", size);
        json_append(listing->items, item);
    }
    free(shown);
}

/* Returns false if there is no further key or queue. */
static bool list_next(struct listing *listing)
{
    bool is_of_queues = listing->cursor->is_of_queues;
    struct span name;
    size_t size;

    if (is_of_queues)
        size = view_queues_next(listing->engine, &listing->cursor->queues, &name);
    else if (!view_keys_next(listing->engine, &listing->cursor->keys, &name, &size))
        return false;
    if (is_of_queues && size == 0)
        return false;
    list_if_it_matches(listing, name, size);
    return true;
}

static void list_page(struct listing *listing, struct cursors *cursors)
{
    struct inquiry *inquiry = listing->inquiry;
    bool is_of_queues = listing->cursor->is_of_queues;
    uint64_t next = 0;
    size_t scanned = 0;
    bool has_more = true;

    while (has_more && scanned++ < SCANNED_MAX && listing->work < WORK_MAX &&
           json_array_size(listing->items) < inquiry->page.limit)
        has_more = list_next(listing);
    if (has_more)
        next = cursors_keep(cursors, listing->cursor);
    else
        cursors_close(listing->cursor);
    inquiry_answer_page(
        inquiry, is_of_queues ? "queues" : "keys", listing->items, next,
        is_of_queues ? view_queue_count(listing->engine) : view_key_count(listing->engine));
}

static bool answer(struct inquiry *inquiry, bool is_of_queues)
{
    struct sources *sources = inquiry->sources;
    struct engine *engine = sources->clients->service.config.engine;
    struct listing listing = {
        .inquiry = inquiry,
        .engine = engine,
        .glob = http_argument(inquiry->request, "glob"),
    };

    if (!inquiry_read_page(inquiry, PAGE_MAX))
        return true;
    if (listing.glob != NULL && strlen(listing.glob) > GLOB_MAX) {
        inquiry_refuse(inquiry, 400, "the argument glob may have 256 characters at most");
        return true;
    }
    listing.cursor = cursors_open(sources->cursors, engine, inquiry->page.cursor, is_of_queues);
    if (listing.cursor == NULL) {
        inquiry_refuse(
            inquiry, 410,
            "this cursor is not valid any more: it was used, or 16 listings have begun since; "
            "list again without cursor");
        return true;
    }
    listing.items = json_array();
    list_page(&listing, sources->cursors);
    return true;
}

bool answer_keys(struct inquiry *inquiry)
{
    return answer(inquiry, false);
}

bool answer_queues(struct inquiry *inquiry)
{
    return answer(inquiry, true);
}
