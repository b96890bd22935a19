/* Follows symbolic links one by one, to replace the file that they point at. */
#ifndef TCPSTORED_LINKS_H
#define TCPSTORED_LINKS_H

#include <limits.h>
#include <sys/stat.h>

#include <tcpstore/error.h>

enum {
    LINK_FOLLOWED = 1 /* `path` is what the link says; look again */
};

/*
 * Looks at `path`. If it is a symbolic link, puts the link's target in its place and returns
 * LINK_FOLLOWED. Otherwise returns 0 and fills in the type: S_IFREG and so on, or 0 for a
 * file that does not exist.
 *
 * Returns -1 with errno set: EACCES for a link that another user has put into a
 * directory for all, such as /tmp, as the kernel's protected_symlinks has it; ENAMETOOLONG; or
 * the file system's error.
 */
TCPSTORE_MUST_USE
int links_step(char path[PATH_MAX], mode_t *ret_type);

#endif
