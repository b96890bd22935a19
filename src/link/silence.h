/* Notices that the other end of a trunk's connection has vanished. */
#ifndef LINK_SILENCE_H
#define LINK_SILENCE_H

/* A cable that is pulled tells nothing: the kernel asks the other end's, and breaks the
 * connection of the TCP socket after 15 s of silence. */
void silence_notice(int fd);

#endif
