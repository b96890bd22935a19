/* Symbolic links, followed one by one by a program that replaces what they point at. */
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
 * LINK_FOLLOWED. Otherwise returns 0 with the type of file, or 0 for a file that does not
 * exist.
 *
 * Returns -1 with errno set: EACCES for a link that the kernel's protected_symlinks would not
 * follow, since anybody may put links into a directory such as /tmp; ENAMETOOLONG; or what the
 * file system says.
 */
TCPSTORE_MUST_USE
int links_step(char path[PATH_MAX], mode_t *ret_type);

#endif
