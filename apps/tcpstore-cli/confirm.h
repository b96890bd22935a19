/* A question on the terminal, before something that cannot be undone. */
#ifndef CLI_CONFIRM_H
#define CLI_CONFIRM_H

#include <stdbool.h>

/* Whether there is somebody to ask: standard input and stderr are a terminal. */
bool confirm_is_possible(void);

/* Prints the question on stderr and reads a line. False: the answer does not begin with y, the
 * input has ended, or Ctrl-C was pressed. */
bool confirm(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
