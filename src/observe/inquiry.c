#include "observe/inquiry.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "observe/flatten.h"
#include "observe/json.h"

#define NO_MEMORY "{\"error\": \"out of memory for the answer; try again\"}\n"

const struct http_answer inquiry_no_memory = {
    .status = 503,
    .type = "application/json",
    .bytes = NO_MEMORY,
    .len = sizeof(NO_MEMORY) - 1,
    .is_static = true,
};

void inquiry_answer(struct inquiry *inquiry, const char *type, char *bytes, size_t len)
{
    inquiry->answer = (struct http_answer){
        .status = 200,
        .type = type,
        .bytes = bytes,
        .len = len,
    };
    if (bytes == NULL)
        inquiry->answer = inquiry_no_memory;
}

void inquiry_answer_json(struct inquiry *inquiry, json_t *object)
{
    size_t len;
    char *text = json_write(object, &len);

    json_decref(object);
    inquiry_answer(inquiry, "application/json", text, len);
}

void inquiry_answer_text(struct inquiry *inquiry, struct outbox *text)
{
    size_t len = text->bytes;

    inquiry_answer(inquiry, "text/plain; charset=utf-8", flatten(text), len);
}

const char *inquiry_peer(const struct inquiry *inquiry, char text[ADDRESS_TEXT_MAX])
{
    const struct sockaddr *peer = http_peer(inquiry->request);
    union address address = {.any = {.sa_family = peer->sa_family}};

    memcpy(&address, peer, address_size(&address));
    return address_format(&address, text);
}

void inquiry_refuse(struct inquiry *inquiry, unsigned status, const char *words)
{
    json_t *object = json_object();

    json_set_text(object, "error", words);
    inquiry_answer_json(inquiry, object);
    if (!inquiry->answer.is_static) /* else there is no memory for the words */
        inquiry->answer.status = status;
}

struct arguments {
    const struct route *route;
    unsigned seen;     /* a bit for each of the route's */
    const char *wrong; /* the first that is unknown or repeated */
    bool is_known;
};

static bool check_argument(void *context, const char *name, const char *value)
{
    struct arguments *arguments = context;
    const char *const *known = arguments->route->arguments;
    unsigned bit = 1;

    (void)value;
    while (*known != NULL && strcmp(*known, name) != 0) {
        known++;
        bit <<= 1;
    }
    if (*known != NULL && (arguments->seen & bit) == 0) {
        arguments->seen |= bit;
        return true;
    }
    arguments->wrong = name;
    arguments->is_known = *known != NULL;
    return false;
}

/* Appends what the route knows: "limit, cursor, glob". */
static void append_known(const struct route *route, char *words, size_t size)
{
    size_t len = strlen(words);

    for (size_t i = 0; route->arguments[i] != NULL && len < size; i++)
        len += (size_t)snprintf(
            words + len, size - len, "%s%s", i > 0 ? ", " : "", route->arguments[i]);
}

/* `name` is as it was sent: any bytes. */
static void refuse_argument(struct inquiry *inquiry, const char *name, bool is_known)
{
    const struct route *route = inquiry->route;
    char *shown = json_show(span_of(name, strlen(name)));
    char words[256];

    if (shown == NULL) {
        inquiry->answer = inquiry_no_memory;
        return;
    }
    if (is_known) {
        snprintf(words, sizeof(words), "the argument %s is given twice", shown);
    } else {
        snprintf(
            words, sizeof(words), "the argument %.80s is unknown; %s takes %s", shown,
            route->path, route->arguments[0] == NULL ? "none" : "");
        append_known(route, words, sizeof(words));
    }
    free(shown);
    inquiry_refuse(inquiry, 400, words);
}

bool inquiry_check_arguments(struct inquiry *inquiry)
{
    struct arguments arguments = {.route = inquiry->route};

    if (inquiry->route->path == NULL)
        return true;
    http_each_argument(inquiry->request, check_argument, &arguments);
    if (arguments.wrong == NULL)
        return true;
    refuse_argument(inquiry, arguments.wrong, arguments.is_known);
    return false;
}

static bool parse_number(const char *text, uint64_t *ret_number)
{
    char *end;

    if (*text < '0' || *text > '9')
        return false;
    *ret_number = strtoull(text, &end, 10);
    return *end == 0;
}

bool inquiry_number(
    struct inquiry *inquiry, const char *name, uint64_t min, uint64_t max, uint64_t preset,
    uint64_t *ret_number)
{
    const char *text = http_argument(inquiry->request, name);
    char words[128];

    *ret_number = preset;
    if (text == NULL ||
        (parse_number(text, ret_number) && *ret_number >= min && *ret_number <= max))
        return true;
    snprintf(
        words, sizeof(words), "the argument %s must be a number from %" PRIu64 " to %" PRIu64,
        name, min, max);
    inquiry_refuse(inquiry, 400, words);
    return false;
}

bool inquiry_read_page(struct inquiry *inquiry, uint64_t max)
{
    struct page *page = &inquiry->page;

    return inquiry_number(inquiry, "limit", 1, max, PAGE_PRESET, &page->limit) &&
           inquiry_number(inquiry, "cursor", 0, INT64_MAX, 0, &page->cursor);
}

void inquiry_answer_page(
    struct inquiry *inquiry, const char *name, json_t *items, uint64_t next, uint64_t total)
{
    json_t *object = json_object();
    char cursor[32];

    snprintf(cursor, sizeof(cursor), "%" PRIu64, next);
    json_set(object, name, items);
    json_set(object, "cursor", next == 0 ? json_null() : json_string(cursor));
    json_set_number(object, "total", total);
    inquiry_answer_json(inquiry, object);
}
