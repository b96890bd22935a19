#include "tcpstored/allocator.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

enum { MAPPED_FROM = 128 * 1024 /* bytes */ };

/*
 * glibc keeps small freed blocks apart and joins all of them at once when a large block is
 * freed: 16 ms after a wait for 128 Ki names. Without that (M_MXFAST), each joins its
 * neighbours when it is freed.
 *
 * glibc maps large blocks, which go back to the system when they are freed, but raises the size
 * from which it does so whenever it frees one, up to 32 MiB.
 */
void allocator_init(void)
{
#ifdef __GLIBC__
    mallopt(M_MXFAST, 0);
    mallopt(M_MMAP_THRESHOLD, MAPPED_FROM);
#endif
}
