/*
 * Logs a last line when a signal kills the process, level=error event=died signal=SIGSEGV, and
 * then lets the signal take its default action, which may be a core dump.
 *
 * Handlers that are already installed, such as a sanitizer's, stay, and ignored signals stay
 * ignored.
 */
#ifndef TCPSTORED_FATAL_SIGNALS_H
#define TCPSTORED_FATAL_SIGNALS_H

/* Call it before installing handlers for other signals. */
void fatal_signals_install(void);

#endif
