/* The target of an HTTP request: a path with its query, encoded. */
#ifndef CLI_TARGET_H
#define CLI_TARGET_H

#include "tcpstore-cli/bytes.h"

/* Appends text as a part of the path or the query. */
void target_append_encoded(struct bytes *target, const char *text);

/* Each adds an argument to the query. */
void target_add_text(struct bytes *target, const char *name, const char *text);
void target_add_number(struct bytes *target, const char *name, int number);

#endif
