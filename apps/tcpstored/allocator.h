/* The process's allocator: settings under which no call takes long, and freed memory goes back
 * to the system. Call it before anything is allocated. */
#ifndef TCPSTORED_ALLOCATOR_H
#define TCPSTORED_ALLOCATOR_H

void allocator_init(void);

#endif
