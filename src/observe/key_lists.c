#include <stdlib.h>
#include <string.h>

#include "observe/answers.h"
#include "observe/glob.h"
#include "observe/json.h"

enum {
    SCANNED_MAX = 2048,   /* keys in one page, whether they match or not */
    WORK_MAX = 256 << 10, /* for one page: bytes of these keys, and characters compared */
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
static bool matches(const char *glob, struct span key, size_t *work)
{
    char *shown;
    bool does;

    if (glob == NULL)
        return true;
    shown = json_show(key);
    does = shown != NULL && glob_matches(glob, shown, work);
    free(shown);
    return does;
}

/* Returns false if there is no further key or queue. */
static bool list_next(struct listing *listing)
{
    bool is_of_queues = listing->cursor->is_of_queues;
    struct span name;
    size_t size;
    json_t *item;

    if (is_of_queues)
        size = view_queues_next(listing->engine, &listing->cursor->queues, &name);
    else if (!view_keys_next(listing->engine, &listing->cursor->keys, &name, &size))
        return false;
    if (is_of_queues && size == 0)
        return false;
    listing->work += name.len;
    if (!matches(listing->glob, name, &listing->work))
        return true;
    item = json_object();
    json_set(item, is_of_queues ? "name" : "key", json_bytes(name));
    json_set_number(item, is_of_queues ? "entries" : "bytes", size);
    json_array_append_new(listing->items, item);
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
