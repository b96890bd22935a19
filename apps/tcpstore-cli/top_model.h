/*
 * What `top` shows: the last answers of the server, and the user's choices among them. Knows
 * neither the terminal nor the network: its input are keys and answers, its output rows.
 */
#ifndef CLI_TOP_MODEL_H
#define CLI_TOP_MODEL_H

#include "tcpstore-cli/listing.h"

/* Keys, besides characters. */
enum top_key {
    TOP_UP = 0x110000,
    TOP_DOWN,
    TOP_PAGE_UP,
    TOP_PAGE_DOWN,
    TOP_HOME,
    TOP_END,
    TOP_ENTER,
    TOP_ESCAPE,
    TOP_ERASE,
};

enum top_action {
    TOP_REDRAW,
    TOP_FETCH, /* and redraw: another view is chosen */
    TOP_QUIT,
};

struct top_order {
    size_t column;
    bool reversed;
};

struct top_rates {
    double requests; /* per second, as the others */
    double received;
    double sent;
};

struct top_model {
    const struct naming *naming;

    enum listing_kind view;
    struct top_order orders[LISTING_VIEWS];
    size_t first_row;
    size_t page_rows; /* that fit on the screen; set when it is drawn */
    bool shows_help;
    bool is_typing;      /* the filter */
    struct bytes typed;  /* what has been typed of it */
    struct bytes filter; /* empty: none */
    struct glob glob;    /* of the filter */

    json_t *why; /* NULL: not answered yet; so are these: */
    json_t *stat;
    json_t *pages; /* of the view; an array */
    struct top_rates rates;
    struct table table; /* rows of `pages` that the filter matches, sorted */

    uint64_t answered_ns; /* when the last answer arrived */
    struct bytes trouble; /* why there is no answer; empty: none */
};

void top_init(struct top_model *ret_model, const struct naming *naming);

/* The answers; each takes over the object. */
void top_take_why(struct top_model *model, json_t *why);
void top_take_stat(struct top_model *model, json_t *stat);
void top_take_pages(struct top_model *model, json_t *pages);

/* `key`: a character of Unicode, or enum top_key. */
enum top_action top_press(struct top_model *model, uint32_t key);

void top_done(struct top_model *model);

#endif
