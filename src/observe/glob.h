/* Globs over keys as they are shown: * stands for any text, ? for one character. Takes at most
 * time proportional to both lengths multiplied. Thread-safe. */
#ifndef OBSERVE_GLOB_H
#define OBSERVE_GLOB_H

#include <stdbool.h>

bool glob_matches(const char *glob, const char *text);

#endif
