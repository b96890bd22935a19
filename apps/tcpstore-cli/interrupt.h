/*
 * Ctrl-C at the prompt: it cancels what a command waits for, and does not end the program.
 *
 * Signals are the process's, so this is state of the process.
 */
#ifndef CLI_INTERRUPT_H
#define CLI_INTERRUPT_H

#include <stdbool.h>

/* Opens the descriptor. Where that is not possible, SIGINT goes on ending the program. */
void interrupt_open(void);

/* Readable once SIGINT has come, for cancel_fd of the client's options; -1: none is open. */
int interrupt_descriptor(void);

/* From here on SIGINT is noted. */
void interrupt_catch(void);

bool interrupt_has_come(void);

/* Holds SIGINT back, while Ctrl-C is a key of the line editor. */
void interrupt_hold(void);

/* No longer; what has come until now is forgotten. */
void interrupt_release(void);

#endif
