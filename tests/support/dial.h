/* A wrapper of connect, which the linker makes the code under test call. */
#ifndef SUPPORT_DIAL_H
#define SUPPORT_DIAL_H

/* Makes this thread's next connect connect the socket to itself, as happens by chance if no
 * server listens on the port and the kernel chooses it as the client's own. */
void dial_itself(void);

#endif
