/* The lists that tcpstored serves, as tables: one row for each host, wait, client, key or
 * store. */
#ifndef CLI_LISTING_H
#define CLI_LISTING_H

#include <jansson.h>

#include "tcpstore-cli/table.h"

enum listing_kind {
    LISTING_HOSTS,
    LISTING_WAITS,
    LISTING_CLIENTS,
    LISTING_KEYS,
    LISTING_VIEWS, /* those before it are what top shows */
    LISTING_STORES = LISTING_VIEWS,
    LISTING_KINDS,
};

enum { LISTING_HOST_STATE = 1 /* a column of hosts */ };

struct listing {
    const char *name; /* of the list in an answer */
    const char *path;
    int page_max;
    const struct column *columns;
    size_t column_count;
    size_t sorted_by; /* a column */
    void (*add)(struct table *table, const struct naming *naming, const json_t *item);
};

extern const struct listing listings[LISTING_KINDS];

/* Appends the target of a request for one page. `cursor`: of the page before; NULL: none. */
void listing_append_target(
    const struct listing *listing, const char *cursor, int limit, struct bytes *target);

/* Adds a row for each item of a page. Members that are missing or of another type are empty. */
void listing_add_page(
    const struct listing *listing, const struct naming *naming, const json_t *page,
    struct table *table);

/* The cursor of the page after this one; NULL: it is the last. */
const char *listing_cursor(const json_t *page);

#endif
