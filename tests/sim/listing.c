#include "sim/listing.h"

#include <stdlib.h>

#include "base/bytes.h"
#include "sim/allocate.h"

/* Removes a key from the front of `bytes`; false if they do not begin with one. */
static bool take_key(struct span *bytes, struct span *ret_key)
{
    uint64_t len = bytes->len < 8 ? UINT64_MAX : bytes_get_u64(bytes->bytes);

    if (len > bytes->len - 8)
        return false;
    *ret_key = span_of(bytes->bytes + 8, (size_t)len);
    *bytes = span_from(*bytes, 8 + (size_t)len);
    return true;
}

static bool is_new_key(
    const struct model *model, const struct dataset *dataset, struct span key, bool *seen)
{
    uint32_t name = dataset_find(dataset, key);
    bool is_new = name < model->name_count && model->names[name].is_key && !seen[name];

    if (is_new)
        seen[name] = true;
    return is_new;
}

size_t listing_len(const struct model *model, const struct dataset *dataset, struct span bytes)
{
    bool *seen = allocate(model->name_count, sizeof(*seen));
    struct span rest = bytes;
    struct span key;
    bool right = true;

    for (uint64_t i = 0; right && i < model->keys; i++)
        right = take_key(&rest, &key) && is_new_key(model, dataset, key, seen);
    free(seen);
    return right ? bytes.len - rest.len : LISTING_WRONG;
}
