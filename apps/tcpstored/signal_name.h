/* Signals by name. */
#ifndef TCPSTORED_SIGNAL_NAME_H
#define TCPSTORED_SIGNAL_NAME_H

enum { SIGNAL_NAME_SIZE = sizeof("128") };

/* "SIGTERM"; or the number, written to `text`, where there is no name. For signal handlers,
 * too. */
const char *signal_name(int number, char text[SIGNAL_NAME_SIZE]);

#endif
