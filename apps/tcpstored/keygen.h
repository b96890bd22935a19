/* `tcpstored keygen`: makes a shared secret for --secret-file. */
#ifndef TCPSTORED_KEYGEN_H
#define TCPSTORED_KEYGEN_H

/*
 * Writes a name and a random secret as a line to a new file, which only its owner may read, or
 * to stdout: `keygen [FILE [NAME]]`. `arguments` are those after "keygen". Returns the exit
 * status; what is wrong is on stderr.
 */
int keygen(int count, char **arguments);

#endif
