/* Appending to a value. */
#ifndef STORE_KEYS_APPEND_H
#define STORE_KEYS_APPEND_H

#include "store/keys.h"

/* Makes room for `more` bytes behind the value of the entry at `link`, and moves the value to a
 * blob for that. TCPSTORE_ENOMEM. */
TCPSTORE_MUST_USE
int keys_reserve(
    struct keys *keys, struct table_node **link, size_t more, struct slice *ret_value);

/* Appends to the value of the entry at `link`. TCPSTORE_ENOMEM, and then the value is as it
 * was. */
int keys_append(struct keys *keys, struct table_node **link, struct span bytes);

/* Whether keys_append of `more` bytes would copy the value, because its blob is shared and
 * full. */
bool entry_must_be_copied(const struct entry *entry, size_t more);

/* Replaces the value by an equal one in a blob with room behind it. Takes the copy's share. */
void entry_move(struct entry *entry, struct slice copy);

#endif
