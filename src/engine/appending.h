/* APPEND. A long value that must be copied, because replies share it, is copied in turns. If
 * many bytes are appended, the system gives their pages in turns, too. */
#ifndef ENGINE_APPENDING_H
#define ENGINE_APPENDING_H

#include "engine/execution.h"

struct appending;

int handle_append(struct execution *execution);

/* Drops the copy. */
void appending_drop(struct appending *appending, struct execution *execution);

#endif
