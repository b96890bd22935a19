/* What a client has done so far, for diagnosis. */
#ifndef ENGINE_ACTIVITY_H
#define ENGINE_ACTIVITY_H

#include "base/span.h"

enum { ACTIVITY_KEY_MAX = 128 /* bytes that are kept of a key: its last ones */ };

struct activity {
    uint64_t requests; /* executed */
    uint8_t key_len;
    uint8_t key[ACTIVITY_KEY_MAX]; /* the first key that it has set */
};

/* The last bytes of a key, where ranks have their number. */
static inline struct span activity_cut(struct span key)
{
    return key.len > ACTIVITY_KEY_MAX ? span_last(key, ACTIVITY_KEY_MAX) : key;
}

/* `key` is the key of the request; it is kept if it is the first. */
static inline void activity_note_key(struct activity *activity, struct span key)
{
    key = activity_cut(key);
    activity->key_len = (uint8_t)key.len;
    span_copy(activity->key, key);
}

#endif
