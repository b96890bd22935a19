/*
 * Logs a line when a signal kills the process, level=error event=died signal=SIGSEGV. After a
 * fault, writes the record of operations and logs its file. Then the signal takes its default
 * action, which may be a core dump.
 *
 * Handlers that are already installed, such as a sanitizer's, stay, and ignored signals stay
 * ignored.
 */
#ifndef TCPSTORED_FATAL_SIGNALS_H
#define TCPSTORED_FATAL_SIGNALS_H

/* Call it before installing handlers for other signals. */
void fatal_signals_install(void);

#endif
