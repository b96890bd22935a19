/* Globs over keys as they are shown: * stands for any text, ? for one character. Thread-safe.
 */
#ifndef OBSERVE_GLOB_H
#define OBSERVE_GLOB_H

#include <stdbool.h>
#include <stddef.h>

/* Adds to *steps how many characters it has compared: at most both lengths multiplied. */
bool glob_matches(const char *glob, const char *text, size_t *steps);

#endif
