#include "sim/listing.h"

#include <stdlib.h>

#include "base/bytes.h"
#include "sim/allocate.h"

enum listed *listings_begin(struct listings *listings, uint32_t client, uint32_t name_count)
{
    struct listing *listing = allocate(1, sizeof(*listing));

    listing->next = listings->first;
    listing->client = client;
    listing->keys = allocate(name_count, sizeof(*listing->keys));
    listings->first = listing;
    return listing->keys;
}

void listings_remove(struct listings *listings, uint32_t name)
{
    for (struct listing *listing = listings->first; listing != NULL; listing = listing->next) {
        if (listing->keys[name] == MUST_BE_LISTED)
            listing->keys[name] = MAY_BE_LISTED;
    }
}

const struct listing *listings_find(const struct listings *listings, uint32_t client)
{
    const struct listing *listing = listings->first;

    while (listing != NULL && listing->client != client)
        listing = listing->next;
    return listing;
}

void listings_end(struct listings *listings, uint32_t client)
{
    struct listing **link = &listings->first;
    struct listing *listing;

    while (*link != NULL && (*link)->client != client)
        link = &(*link)->next;
    listing = *link;
    if (listing == NULL)
        return;
    *link = listing->next;
    free(listing->keys);
    free(listing);
}

void listings_done(struct listings *listings)
{
    while (listings->first != NULL)
        listings_end(listings, listings->first->client);
}

static bool take_number(struct span *bytes, uint64_t *ret_number)
{
    if (bytes->len < 8)
        return false;
    *ret_number = bytes_get_u64(bytes->bytes);
    *bytes = span_from(*bytes, 8);
    return true;
}

/* Removes a key from the front of `bytes`; false if they do not begin with one. */
static bool take_key(struct span *bytes, struct span *ret_key)
{
    uint64_t len;

    if (!take_number(bytes, &len) || len > bytes->len)
        return false;
    *ret_key = span_of(bytes->bytes, (size_t)len);
    *bytes = span_from(*bytes, (size_t)len);
    return true;
}

/* Each key that is listed counts as NOT_LISTED from then on. */
static bool take_keys(const struct dataset *dataset, struct span *bytes, enum listed *keys)
{
    struct span key;
    uint64_t count;

    if (!take_number(bytes, &count))
        return false;
    for (; count > 0; count--) {
        uint32_t name;

        if (!take_key(bytes, &key))
            return false;
        name = dataset_find(dataset, key);
        if (name == dataset->name_count || keys[name] == NOT_LISTED)
            return false;
        keys[name] = NOT_LISTED;
    }
    for (uint32_t name = 0; name < dataset->name_count; name++) {
        if (keys[name] == MUST_BE_LISTED)
            return false;
    }
    return true;
}

size_t listing_len(
    const struct listing *listing, const struct dataset *dataset, struct span bytes)
{
    size_t size = dataset->name_count * sizeof(*listing->keys);
    enum listed *keys = memcpy(allocate(1, size), listing->keys, size);
    struct span rest = bytes;
    bool right = take_keys(dataset, &rest, keys);

    free(keys);
    return right ? bytes.len - rest.len : LISTING_WRONG;
}
