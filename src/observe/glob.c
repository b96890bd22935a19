#include "observe/glob.h"

/* If the rest does not match, the last star takes one more character. Earlier stars need not be
 * tried again: the last one can take whatever they could. */
bool glob_matches(const char *glob, const char *text, size_t *steps)
{
    const char *star = NULL;
    const char *taken = NULL;

    for (; *text != 0; ++*steps) {
        if (*glob == '*') {
            star = ++glob;
            taken = text;
        } else if (*glob != 0 && (*glob == '?' || *glob == *text)) {
            glob++;
            text++;
        } else if (star != NULL) {
            glob = star;
            text = ++taken;
        } else {
            return false;
        }
    }
    while (*glob == '*')
        glob++;
    return *glob == 0;
}
