/*
 * Logs a last line when a signal that can be caught kills the process:
 * level=error event=died signal=SIGSEGV. Then the signal takes its default action, which may be
 * a core dump.
 *
 * Handlers that are already installed, such as a sanitizer's, stay in place, and ignored
 * signals stay ignored.
 */
#ifndef TCPSTORED_LAST_WORDS_H
#define TCPSTORED_LAST_WORDS_H

/* Call it before installing handlers for signals that do not kill. */
void last_words_install(void);

#endif
