/* connect of the code under test, which the linker sends here. */
#ifndef SUPPORT_DIAL_H
#define SUPPORT_DIAL_H

/* This thread's next call connects its socket to itself, as happens where the port asked for is
 * free and the kernel picks it for the client, too. */
void dial_itself(void);

#endif
