/* How many files and sockets this process can open. */
#ifndef COMMON_DESCRIPTOR_LIMIT_H
#define COMMON_DESCRIPTOR_LIMIT_H

/* Raises the soft limit to the hard limit, if it can. */
void descriptor_limit_raise(void);

#endif
