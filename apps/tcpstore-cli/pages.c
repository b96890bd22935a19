#include "tcpstore-cli/pages.h"

#include <limits.h>
#include <stdio.h>

#include "tcpstore-cli/json_bytes.h"
#include "tcpstore-cli/terminal.h"

struct pages {
    struct diagnosis *diagnosis;
    const struct listing *listing;
    struct table table;
    int left;            /* rows that may follow */
    struct bytes cursor; /* empty: of the first page */
};

static void take(struct pages *pages, const json_t *page)
{
    const struct options *options = pages->diagnosis->operation->options;
    const struct listing *listing = pages->listing;
    const json_t *items = json_object_get(page, listing->name);

    pages->left -= (int)json_array_size(items);
    if (!options->json)
        listing_add_page(listing, &options->naming, page, &pages->table);
    for (size_t i = 0; options->json && i < json_array_size(items); i++)
        json_bytes_print(json_incref(json_array_get(items, i)));
}

/* Leaves the cursor empty after the last page. */
static enum status take_page(struct pages *pages)
{
    const char *cursor = pages->cursor.size > 0 ? pages->cursor.data : NULL;
    struct bytes target = {0};
    enum status status;
    json_t *page;

    listing_append_target(pages->listing, cursor, pages->left, &target);
    diagnosis_add_store(pages->diagnosis->operation, &target);
    status = diagnosis_get_json(pages->diagnosis, target.data, &page);
    bytes_done(&target);
    bytes_clear(&pages->cursor);
    if (status != STATUS_OK)
        return status;
    take(pages, page);
    cursor = listing_cursor(page);
    if (cursor != NULL)
        bytes_append_text(&pages->cursor, cursor);
    json_decref(page);
    return STATUS_OK;
}

enum status pages_print(struct diagnosis *diagnosis, const struct listing *listing)
{
    const struct options *options = diagnosis->operation->options;
    struct pages pages = {
        .diagnosis = diagnosis,
        .listing = listing,
        .left = options->limit > 0 && options->limit < INT_MAX ? (int)options->limit : INT_MAX};
    enum status status;

    table_init(&pages.table, listing->columns, listing->column_count);
    do
        status = take_page(&pages);
    while (status == STATUS_OK && pages.cursor.size > 0 && pages.left > 0 &&
           !interrupt_was_received());
    if (status == STATUS_OK && !options->json)
        table_print(&pages.table, stdout);
    table_done(&pages.table);
    bytes_done(&pages.cursor);
    return status;
}
