/*
 * Reports the daemon's state to the service manager, as systemd's Type=notify asks for. Happy
 * path: one datagram to the socket that NOTIFY_SOCKET names; nothing if it is not set.
 *
 * Ways to fail: the socket's queue is full: the datagram is sent in the background once there
 * is room. There is no such socket, or no reader: that is logged, and serving goes on.
 */
#ifndef TCPSTORED_NOTIFY_H
#define TCPSTORED_NOTIFY_H

/* `state` is "READY=1" or "STOPPING=1", in static storage. */
void notify(const char *state);

#endif
