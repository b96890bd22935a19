/* A socket from whoever started the daemon, as systemd hands it over: LISTEN_FDS says how many
 * there are, from descriptor 3 on, and LISTEN_PID for whom. */
#ifndef TCPSTORED_ACTIVATION_H
#define TCPSTORED_ACTIVATION_H

#include <tcpstore/error.h>

/* -1: there is none. Or says on stderr what is wrong and returns -1: there are several. */
TCPSTORE_MUST_USE
int activation_socket(int *ret_fd);

#endif
