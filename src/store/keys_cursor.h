/*
 * The keys in the order of their insertion.
 *
 * A cursor goes through the keys that existed when it began, except those that are removed
 * before it reaches them. It survives all changes to the keys, and allocates nothing.
 */
#ifndef STORE_KEYS_CURSOR_H
#define STORE_KEYS_CURSOR_H

#include "store/keys.h"

/* All zero: it has not begun. */
struct keys_cursor {
    struct entry at;  /* marker behind the last key that was returned */
    struct entry end; /* marker behind the last key that existed when the cursor began */
    size_t skipped;   /* markers of other cursors, so far */
};

/* Begins before the oldest key. Do not move the cursor until it ends. */
void keys_cursor_begin(struct keys *keys, struct keys_cursor *cursor);

/* Gets the next key, valid until it is next written or removed. Returns false after the last.
 */
bool keys_cursor_next(
    const struct keys *keys, struct keys_cursor *cursor, struct span *ret_key);

/* A cursor that has not begun, or has ended, is fine. */
void keys_cursor_end(struct keys_cursor *cursor);

/* Calls `visit` for each key, oldest first, until it returns nonzero, and returns that. */
int keys_each(
    const struct keys *keys, int (*visit)(void *context, struct span key), void *context);

#endif
