#include "tcpstored/links.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Bytes of `path` up to its last slash, the slash included. */
static size_t folder_len(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? (size_t)(slash - path) + 1 : 0;
}

static int look_at_folder(const char *path, struct stat *ret_status)
{
    char folder[PATH_MAX];

    snprintf(folder, sizeof(folder), "%.*s.", (int)folder_len(path), path);
    return stat(folder, ret_status);
}

/* The rule of /proc/sys/fs/protected_symlinks, also where it is switched off. */
static bool may_follow(const char *path, const struct stat *link)
{
    struct stat folder;

    if (look_at_folder(path, &folder))
        return false;
    return !(folder.st_mode & S_ISVTX) || !(folder.st_mode & S_IWOTH) ||
           link->st_uid == folder.st_uid || link->st_uid == geteuid();
}

/* A relative target starts from the link's folder. */
static int put_target(char path[PATH_MAX], const char *target)
{
    size_t kept = *target == '/' ? 0 : folder_len(path);
    size_t len = strlen(target);

    if (kept + len >= PATH_MAX) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(path + kept, target, len + 1);
    return LINK_FOLLOWED;
}

/* `file` is `path` itself, even if that is a link. */
static int step(int file, char path[PATH_MAX], mode_t *ret_type)
{
    char target[PATH_MAX];
    struct stat status;
    ssize_t len;

    if (fstat(file, &status))
        return -1;
    if (!S_ISLNK(status.st_mode)) {
        *ret_type = status.st_mode & S_IFMT;
        return 0;
    }
    if (!may_follow(path, &status)) {
        errno = EACCES;
        return -1;
    }
    len = readlinkat(file, "", target, sizeof(target) - 1);
    if (len < 0)
        return -1;
    target[len] = '\0';
    return put_target(path, target);
}

int links_step(char path[PATH_MAX], mode_t *ret_type)
{
    int file = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    int code;
    int error;

    if (file < 0 && errno == ENOENT) {
        *ret_type = 0;
        return 0;
    }
    if (file < 0)
        return -1;
    code = step(file, path, ret_type);
    error = errno;
    close(file);
    errno = error;
    return code;
}
