#include "tcpstore-cli/listing.h"

#include <stdio.h>

#include "tcpstore-cli/escape.h"
#include "tcpstore-cli/json_read.h"
#include "tcpstore-cli/target.h"

static void add_text(struct table *table, const json_t *item, const char *name)
{
    struct bytes shown = {0};

    escape_append_printed(&shown, json_read_text(item, name));
    table_add_text(table, shown.data);
    bytes_done(&shown);
}

/* The server writes keys as on the wire, with escapes. */
static void add_key(
    struct table *table, const struct naming *naming, const json_t *item, const char *name)
{
    const char *text = json_string_value(json_object_get(item, name));
    struct bytes shown = {0};
    struct bytes wire = {0};

    if (text != NULL && escape_resolve(text, &wire) == 0)
        naming_show(naming, bytes_span(&wire), &shown);
    table_add_text(table, shown.data);
    bytes_done(&wire);
    bytes_done(&shown);
}

/* Empty if there is none. */
static void add_number(struct table *table, const json_t *item, const char *name)
{
    if (json_is_number(json_object_get(item, name)))
        table_add_count(table, json_read_number(item, name));
    else
        table_add_number(table, -1, "");
}

/* A number without commas. */
static void add_id(struct table *table, const json_t *item, const char *name)
{
    char text[32];

    snprintf(text, sizeof(text), "%.0f", json_read_number(item, name));
    if (json_is_number(json_object_get(item, name)))
        table_add_number(table, json_read_number(item, name), text);
    else
        table_add_number(table, -1, "");
}

static void add_seconds(struct table *table, const json_t *item, const char *name)
{
    if (json_is_number(json_object_get(item, name)))
        table_add_seconds(table, json_read_number(item, name));
    else
        table_add_number(table, -1, "");
}

static const struct column host_columns[] = {
    {"HOST", COLUMN_TEXT},      {"STATE", COLUMN_STATE}, {"MISSING", COLUMN_LONG},
    {"CLIENTS", COLUMN_NUMBER}, {"RUN", COLUMN_NUMBER},  {"WAIT", COLUMN_NUMBER},
    {"SILENT", COLUMN_NUMBER},  {"LEFT", COLUMN_NUMBER}, {"LONGEST", COLUMN_NUMBER},
    {"RANKS", COLUMN_LONG},
};

static void add_state(struct table *table, const json_t *item)
{
    static const char *const states[] = {"running", "waiting", "silent", "missing"};
    const char *text = json_read_text(item, "state");
    size_t state = sizeof(states) / sizeof(states[0]);

    while (state > 0 && strcmp(text, states[state - 1]) != 0)
        state--;
    table_add_number(table, (double)state, state > 0 ? text : "?");
}

static void add_host(struct table *table, const struct naming *naming, const json_t *item)
{
    (void)naming;
    add_text(table, item, "host");
    add_state(table, item);
    add_text(table, item, "missing");
    add_number(table, item, "clients");
    add_number(table, item, "running");
    add_number(table, item, "waiting");
    add_number(table, item, "silent");
    add_number(table, item, "left");
    add_seconds(table, item, "longest_seconds");
    add_text(table, item, "ranks");
}

static const struct column wait_columns[] = {
    {"CLIENTS", COLUMN_NUMBER},
    {"LONGEST", COLUMN_NUMBER},
    {"STAGE", COLUMN_TEXT},
    {"KEY", COLUMN_LONG},
};

static void add_wait(struct table *table, const struct naming *naming, const json_t *item)
{
    add_number(table, item, "clients");
    add_seconds(table, item, "longest_seconds");
    add_text(table, item, "stage");
    add_key(table, naming, item, "key");
}

static const struct column client_columns[] = {
    {"ID", COLUMN_NUMBER},       {"PEER", COLUMN_TEXT},    {"RANK", COLUMN_NUMBER},
    {"PID", COLUMN_NUMBER},      {"AGE", COLUMN_NUMBER},   {"IDLE", COLUMN_NUMBER},
    {"REQUESTS", COLUMN_NUMBER}, {"WAITS", COLUMN_NUMBER}, {"WAITS FOR", COLUMN_LONG},
    {"FIRST KEY", COLUMN_LONG},
};

static void add_client(struct table *table, const struct naming *naming, const json_t *item)
{
    const json_t *wait = json_object_get(item, "waiting");

    add_id(table, item, "id");
    add_text(table, item, "peer");
    add_id(table, item, "rank");
    add_id(table, item, "pid");
    add_seconds(table, item, "connected_seconds");
    add_seconds(table, item, "silent_seconds");
    add_number(table, item, "requests");
    add_seconds(table, wait, "seconds");
    add_key(table, naming, wait, "key");
    add_key(table, naming, item, "first_key");
}

static const struct column key_columns[] = {{"BYTES", COLUMN_NUMBER}, {"KEY", COLUMN_LONG}};

static void add_stored(struct table *table, const struct naming *naming, const json_t *item)
{
    add_number(table, item, "bytes");
    add_key(table, naming, item, "key");
}

static const struct column store_columns[] = {
    {"NAME", COLUMN_TEXT},      {"PORT", COLUMN_NUMBER},    {"CLIENTS", COLUMN_NUMBER},
    {"WAITING", COLUMN_NUMBER}, {"LONGEST", COLUMN_NUMBER}, {"KEYS", COLUMN_NUMBER},
    {"MEMORY", COLUMN_NUMBER},  {"LIMIT", COLUMN_NUMBER},
};

/* The store of the server's own port has no name; no other has the name "-". */
static void add_store(struct table *table, const struct naming *naming, const json_t *item)
{
    (void)naming;
    if (*json_read_text(item, "name") != '\0')
        add_text(table, item, "name");
    else
        table_add_text(table, "-");
    add_id(table, item, "port");
    add_number(table, item, "clients");
    add_number(table, item, "waiting");
    if (json_read_number(item, "waiting") > 0)
        add_seconds(table, item, "oldest_wait_seconds");
    else
        table_add_number(table, -1, "");
    add_number(table, item, "keys");
    table_add_bytes(table, json_read_number(item, "memory_bytes"));
    table_add_bytes(table, json_read_number(item, "memory_limit_bytes"));
}

#define COLUMNS(columns) (columns), sizeof(columns) / sizeof((columns)[0])

const struct listing listings[LISTING_KINDS] = {
    [LISTING_HOSTS] =
        {"hosts", "/v1/hosts", 10000, COLUMNS(host_columns), LISTING_HOST_STATE, add_host},
    [LISTING_WAITS] = {"waits", "/v1/waits", 1000, COLUMNS(wait_columns), 1, add_wait},
    [LISTING_CLIENTS] =
        {"clients", "/v1/clients", 1000, COLUMNS(client_columns), 7, add_client},
    [LISTING_KEYS] = {"keys", "/v1/keys", 1000, COLUMNS(key_columns), 1, add_stored},
    [LISTING_STORES] = {"stores", "/v1/stores", 1000, COLUMNS(store_columns), 0, add_store},
};

void listing_append_target(
    const struct listing *listing, const char *cursor, int limit, struct bytes *target)
{
    bytes_append_text(target, listing->path);
    target_add_number(target, "limit", limit < listing->page_max ? limit : listing->page_max);
    if (cursor != NULL)
        target_add_text(target, "cursor", cursor);
}

void listing_add_page(
    const struct listing *listing, const struct naming *naming, const json_t *page,
    struct table *table)
{
    const json_t *items = json_object_get(page, listing->name);

    for (size_t i = 0; i < json_array_size(items); i++)
        listing->add(table, naming, json_array_get(items, i));
}

const char *listing_cursor(const json_t *page)
{
    return json_string_value(json_object_get(page, "cursor"));
}
