#include "tcpstored/links.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The length of `path` up to and including its last slash. */
static size_t directory_len(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? (size_t)(slash - path) + 1 : 0;
}

static int stat_directory(const char *path, struct stat *ret_status)
{
    char directory[PATH_MAX];

    snprintf(directory, sizeof(directory), "%.*s.", (int)directory_len(path), path);
    return stat(directory, ret_status);
}

/* The rule of /proc/sys/fs/protected_symlinks, even where it is switched off. */
static bool may_follow(const char *path, const struct stat *link)
{
    struct stat directory;

    if (stat_directory(path, &directory))
        return false;
    return !(directory.st_mode & S_ISVTX) || !(directory.st_mode & S_IWOTH) ||
           link->st_uid == directory.st_uid || link->st_uid == geteuid();
}

/* A relative target is relative to the link's directory. */
static int put_target(char path[PATH_MAX], const char *target)
{
    size_t kept = *target == '/' ? 0 : directory_len(path);
    size_t len = strlen(target);

    if (kept + len >= PATH_MAX) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(path + kept, target, len + 1);
    return LINK_FOLLOWED;
}

/* `file` is `path` itself, not the target of a link. */
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
