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
TCPSTORE_MUST_USE
int keys_append(struct keys *keys, struct table_node **link, struct span bytes);

/* A blob with twice the room that a value of `len` bytes needs with `more` bytes behind it, so
 * that appending byte by byte costs linear time. NULL if memory is refused. */
struct blob *blob_for_appending(struct memory *memory, size_t len, size_t more);

/* Whether keys_append of `more` bytes would copy the value, because its blob is shared and
 * full. */
bool entry_must_be_copied(const struct entry *entry, size_t more);

/* Bytes that keys_append of `more` bytes moves: these, and the value's if it has no room behind
 * it. */
size_t entry_append_moves(const struct entry *entry, size_t more);

/* For an entry for which entry_must_be_copied is true: replaces its blob by the one of `copy`,
 * an equal value with room behind it. Takes over the copy's share. */
void entry_move(struct entry *entry, struct slice copy);

#endif
