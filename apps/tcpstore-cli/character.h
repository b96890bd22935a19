/*
 * Which characters show as themselves: letters, marks on letters, digits, punctuation and
 * symbols of Unicode, and the space. The others are control characters, which a terminal obeys;
 * what cannot be seen or looks like a space; what changes the look or the order of its
 * neighbours; and what has no agreed look, such as private use.
 *
 * libunistring knows their properties. A table of our own would need the category of every
 * character, because of marks and of unassigned ones, and would have to follow Unicode. The C
 * library's iswprint depends on the locale, and takes most of the others for printable.
 */
#ifndef CLI_CHARACTER_H
#define CLI_CHARACTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct character {
    size_t size;   /* in bytes; 1 where no UTF-8 begins */
    uint32_t code; /* of Unicode; 0 where no UTF-8 begins */
    bool visible;
    bool base; /* a mark behind it shows on it */
};

/* The character that `bytes` begin with, of which there is at least one. `after_base`: the one
 * in front of it is a base; without, a mark would show on something else. */
struct character character_first(const void *bytes, size_t left, bool after_base);

#endif
