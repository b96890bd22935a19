/*
 * Tells whoever started the daemon how it is, as systemd's Type=notify asks for. Happy path:
 * one datagram to the socket that NOTIFY_SOCKET names, or, where it names none, nothing.
 *
 * Ways to fail: its queue is full: the datagram is sent in the background when there is room.
 * It names no such socket, or no program reads there: the log has a line, and serving goes on.
 */
#ifndef TCPSTORED_NOTIFY_H
#define TCPSTORED_NOTIFY_H

/* `state` is "READY=1" or "STOPPING=1", in static storage. */
void notify(const char *state);

#endif
