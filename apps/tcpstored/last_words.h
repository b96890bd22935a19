/*
 * A last line in the log for every death by a signal that can be caught:
 * level=error event=died signal=SIGSEGV. Then the signal takes its default action, a core dump
 * among them.
 *
 * Handlers that are installed already, such as a sanitizer's, and signals that are ignored are
 * left alone.
 */
#ifndef TCPSTORED_LAST_WORDS_H
#define TCPSTORED_LAST_WORDS_H

/* Before handlers of signals that do not kill are installed. */
void last_words_install(void);

#endif
