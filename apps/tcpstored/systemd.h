/*
 * What the daemon and systemd exchange. systemd may pass sockets: LISTEN_FDS is their number,
 * from descriptor 3 on, and LISTEN_PID is the process that they are for. It may ask for reports
 * of the state (Type=notify): NOTIFY_SOCKET names a datagram socket.
 *
 * Ways to fail: more than one socket is passed. The notification socket's queue is full: the
 * report is sent in the background once there is room. That socket does not exist or has no
 * reader: this is logged, and serving goes on.
 */
#ifndef TCPSTORED_SYSTEMD_H
#define TCPSTORED_SYSTEMD_H

#include <tcpstore/error.h>

/* *ret_fd is -1 if no socket is passed. Returns -1 if there are several, with a line on stderr.
 */
TCPSTORE_MUST_USE
int systemd_socket(int *ret_fd);

/* `state` is "READY=1" or "STOPPING=1", in static storage. Does nothing if NOTIFY_SOCKET is not
 * set. */
void systemd_notify(const char *state);

#endif
