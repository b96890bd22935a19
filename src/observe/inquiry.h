/*
 * One HTTP request on its way to its answer.
 *
 * A route answers at once, or, if it needs a census, in two steps: it works the answer out in
 * the census's thread, and the answer is sent from the loop's.
 */
#ifndef OBSERVE_INQUIRY_H
#define OBSERVE_INQUIRY_H

#include <jansson.h>

#include "http/http.h"
#include "observe/other_stores.h"
#include "observe/sources.h"

/* A page of a list: up to `limit` items whose numbers are above `cursor`. */
struct page {
    uint64_t limit;
    uint64_t cursor; /* the number of the last item of the page before; 0: none */
};

/* Whether the page has item `number` of a list with the numbers 1, 2, … */
static inline bool page_has(const struct page *page, uint64_t number)
{
    return number > page->cursor && number <= page->cursor + page->limit;
}

/* The cursor after this page of such a list with `count` items; 0: it is the last. */
static inline uint64_t page_next(const struct page *page, uint64_t count)
{
    return count > page->cursor + page->limit ? page->cursor + page->limit : 0;
}

struct observer;

struct inquiry {
    struct list link;
    struct question question;
    struct observer *observer;
    struct sources *sources;      /* of the store that it is about; NULL before it is begun */
    struct http_request *request; /* not for `work_out` */
    const struct route *route;
    struct http_answer answer;
    size_t unsent; /* bytes of it that its owner counts */

    /* Arguments, for `work_out`: */
    struct page page;
    uint64_t hang_ms;
    uint64_t world;
    bool all;

    /* Of the server, for `why`: */
    struct other_stores others; /* if it is about the first store */
    bool is_draining;
};

enum { ROUTE_ARGUMENTS = 6 };

struct route {
    const char *method;
    const char *path; /* with a slash at its end: a name follows it. NULL: it is not served */
    const char *arguments[ROUTE_ARGUMENTS + 1]; /* names; NULL after the last */

    /* Answers; or, if the route has `work_out`, reads its arguments. Returns false if one is
     * wrong: then it has answered. */
    bool (*begin)(struct inquiry *inquiry);

    /* Answers, in the census's thread; or NULL. */
    void (*work_out)(struct inquiry *inquiry, struct report *report);
};

/* Of a request or an answer for which memory was refused. */
extern const struct http_answer inquiry_no_memory;

/* Takes over `bytes`, which are from malloc; NULL: memory was refused. */
void inquiry_answer(struct inquiry *inquiry, const char *type, char *bytes, size_t len);

/* Takes over `object`; NULL, or one that is not whole: memory was refused. */
void inquiry_answer_json(struct inquiry *inquiry, json_t *object);

/* Copies and consumes `text`. */
void inquiry_answer_text(struct inquiry *inquiry, struct outbox *text);

/* A refusal: `words`, which are copied, say what is wrong and what to do. */
void inquiry_refuse(struct inquiry *inquiry, unsigned status, const char *words);

/* Who asks: "10.0.0.7:40000". Returns `text`. */
const char *inquiry_peer(const struct inquiry *inquiry, char text[ADDRESS_TEXT_MAX]);

/* An argument that the route does not have, or that is given twice, is refused: returns
 * false. */
bool inquiry_check_arguments(struct inquiry *inquiry);

/* The number that the argument `name` has, or `preset` if it is missing. One that is not from
 * `min` to `max` is refused: returns false. */
bool inquiry_number(
    struct inquiry *inquiry, const char *name, uint64_t min, uint64_t max, uint64_t preset,
    uint64_t *ret_number);

enum { PAGE_MAX = 1000, PAGE_PRESET = 100 };

/* Reads the arguments of a page of at most `max` items to `page`. False: they are wrong. */
bool inquiry_read_page(struct inquiry *inquiry, uint64_t max);

/* Answers with the `items`, which it takes over, as the member `name`. `next` is the cursor
 * for the next page; 0: this is the last. */
void inquiry_answer_page(
    struct inquiry *inquiry, const char *name, json_t *items, uint64_t next, uint64_t total);

#endif
