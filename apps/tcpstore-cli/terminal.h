/* The terminal: its width, columns, a progress line, and Ctrl-C. */
#ifndef CLI_TERMINAL_H
#define CLI_TERMINAL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "tcpstore-cli/bytes.h"

/* In characters; 80 if the terminal does not report its width. */
size_t terminal_width(int fd);

/* Prints the first `max_names` names in columns, from top to bottom, on lines of at most
 * `width` characters, then how many more there are. */
void columns_print(FILE *out, const struct key_list *names, size_t max_names, size_t width);

/* Progress on stderr: on a terminal a line that changes in place, otherwise one line for each
 * change. All zero before the first. */
struct progress {
    struct bytes shown;
};

void progress_show(struct progress *progress, const char *text, uint64_t elapsed_ns);

/* Leaves the last line on the terminal. */
void progress_end(struct progress *progress);

/*
 * Ctrl-C at the prompt cancels the wait of a command and does not end the program. Signals
 * belong to the process, so this state is global.
 */

/* Opens the descriptor. If that fails, SIGINT still ends the program. */
void interrupt_open(void);

/* Readable after SIGINT, for cancel_fd of the client's options; -1 if not open. */
int interrupt_descriptor(void);

/* From now on SIGINT is recorded. */
void interrupt_catch(void);

bool interrupt_was_received(void);

/* Sleeps until this time of clock_now, or until Ctrl-C is received. */
void interrupt_sleep_until(uint64_t time_ns);

/* Waits until standard input can be read. Returns whether Ctrl-C is received before that. */
bool interrupt_precedes_input(void);

/* Blocks SIGINT while the line editor handles Ctrl-C as a key. */
void interrupt_block(void);

/* Unblocks SIGINT and forgets any that was recorded. */
void interrupt_unblock(void);

#endif
