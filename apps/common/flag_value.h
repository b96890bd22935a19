/* What stands behind one flag: reading its value, showing its default. */
#ifndef COMMON_FLAG_VALUE_H
#define COMMON_FLAG_VALUE_H

#include "common/flags.h"

#define FLAG_VALUE_REFUSAL_SIZE 320
#define FLAG_VALUE_DEFAULT_SIZE 96

/* Stores the value, or returns -1 with what is wrong with it, to be read after it:
 * "not a port, expected 0 to 65535". `text` is NULL for a flag that takes none. */
TCPSTORE_MUST_USE
int flag_value_take(
    const struct flag *flag, const char *text, char ret_refusal[FLAG_VALUE_REFUSAL_SIZE]);

/* The fallback in words or else the value now in place; empty where there is neither. */
void flag_value_show_default(const struct flag *flag, char ret_text[FLAG_VALUE_DEFAULT_SIZE]);

#endif
