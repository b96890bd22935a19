/* Follows symbolic links one at a time, so that the file that they point to can be replaced. */
#ifndef TCPSTORED_LINKS_H
#define TCPSTORED_LINKS_H

#include <limits.h>
#include <sys/stat.h>

#include <tcpstore/error.h>

enum {
    LINK_FOLLOWED = 1 /* `path` is now the link's target; call again */
};

/*
 * If `path` is a symbolic link, replaces it by the link's target and returns LINK_FOLLOWED.
 * Otherwise returns 0 and the type: S_IFREG and so on, or 0 if the file does not exist.
 *
 * Returns -1 with errno set: EACCES for a link in a world-writable sticky directory such as
 * /tmp that belongs to another user (the kernel's protected_symlinks); ENAMETOOLONG; or the
 * file system's error.
 */
TCPSTORE_MUST_USE
int links_step(char path[PATH_MAX], mode_t *ret_type);

#endif
