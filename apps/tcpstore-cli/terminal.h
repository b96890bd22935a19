#ifndef CLI_TERMINAL_H
#define CLI_TERMINAL_H

#include <stddef.h>

/* In characters; 80 where the terminal does not tell. */
size_t terminal_width(int fd);

#endif
