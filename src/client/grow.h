/* Arrays from malloc that grow. Those of src/base have to know the size of what they free; the
 * values read here become the caller's, for free(). */
#ifndef CLIENT_GROW_H
#define CLIENT_GROW_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/*
 * Makes room for at least `need` items of `size` bytes each, and usually for more. Returns the
 * new address of `items` and sets *room; or returns NULL and changes nothing.
 */
static inline void *grow(void *items, size_t *room, size_t need, size_t size)
{
    size_t wanted = *room < SIZE_MAX / 2 && *room * 2 > need ? *room * 2 : need;
    void *grown;

    if (wanted > (size_t)PTRDIFF_MAX / size)
        return NULL;
    grown = realloc(items, wanted * size);
    if (grown != NULL)
        *room = wanted;
    return grown;
}

#endif
