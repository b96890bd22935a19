#include "observe/answers.h"
#include "observe/json.h"

static json_t *wait_of(const struct facts_client *client)
{
    json_t *wait;

    if (client->awaited_count == 0)
        return json_null();
    wait = json_object();
    json_set(wait, "key", json_bytes(client->awaited));
    json_set_number(wait, "keys", client->awaited_count);
    json_set_number(wait, "world", (uint64_t)client->barrier_size);
    json_set(wait, "seconds", json_seconds(client->waiting_ms));
    return wait;
}

static json_t *item_of(const struct facts_client *client)
{
    json_t *item = json_object();

    json_set_number(item, "id", client->number);
    json_set(item, "peer", json_bytes(client->peer));
    json_set(item, "connected_seconds", json_seconds(client->connected_ms));
    json_set(item, "silent_seconds", json_seconds(client->silent_ms));
    json_set_number(item, "requests", client->requests);
    json_set(item, "first_key", json_bytes_or_null(client->first_key));
    json_set(item, "rank", json_number_or_null(client->rank, 0));
    json_set(item, "pid", json_number_or_null(client->pid, 1));
    json_set(item, "process", json_bytes_or_null(client->process));
    return item;
}

bool begin_list(struct inquiry *inquiry)
{
    return inquiry_read_page(inquiry, PAGE_MAX);
}

void work_out_clients(struct inquiry *inquiry, struct report *report)
{
    const struct facts *facts = report->facts;
    json_t *items = json_array();
    uint64_t left = inquiry->page.limit;
    uint64_t total = 0;
    uint64_t last = 0;
    bool has_more = false;

    for (size_t i = 0; i < facts->client_count; i++) {
        const struct facts_client *client = &facts->clients[i];
        json_t *item;

        if (client->has_left)
            continue;
        total++;
        if (client->number <= inquiry->page.cursor)
            continue;
        has_more = left == 0;
        if (has_more)
            continue;
        left--;
        last = client->number;
        item = item_of(client);
        json_set(item, "waiting", wait_of(client));
        json_append(items, item);
    }
    inquiry_answer_page(inquiry, "clients", items, has_more ? last : 0, total);
}

/* The latest is first, and an item's number is its place in that order. */
void work_out_closed(struct inquiry *inquiry, struct report *report)
{
    const struct facts *facts = report->facts;
    json_t *items = json_array();
    uint64_t number = 0;

    for (size_t i = facts->client_count; i > 0 && facts->clients[i - 1].has_left; i--) {
        const struct facts_client *client = &facts->clients[i - 1];
        json_t *item;

        if (!page_has(&inquiry->page, ++number))
            continue;
        item = item_of(client);
        json_set(item, "closed_seconds", json_seconds(client->left_ms));
        json_set_text(item, "reason", client->reason);
        json_append(items, item);
    }
    inquiry_answer_page(inquiry, "closed", items, page_next(&inquiry->page, number), number);
}
