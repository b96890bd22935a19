/*
 * Happy path: /proc/self/cgroup names the process's group in each hierarchy, and
 * /proc/self/mountinfo shows where that hierarchy is mounted. The result is the smallest limit
 * on the path from the group up to the mount.
 *
 * Ways to fail: a file is missing or cannot be parsed: it sets no limit. A container often sees
 * only part of a hierarchy: its group's path does not exist below the mount or is outside the
 * mounted part. Then the limits at the mount apply.
 */
#include "tcpstored/cgroup.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/quantity.h"

/* Version 1 writes "no limit" as the largest multiple of the page size. */
#define UNLIMITED_FROM (UINT64_MAX / 4)

/* A group's directory. */
struct directory {
    char path[3 * PATH_MAX];
    size_t mount_len; /* length of the mount point in `path` */
};

struct mount {
    char root[PATH_MAX]; /* the part of the hierarchy that is mounted */
    char point[PATH_MAX];
    char type[16];
    char options[PATH_MAX];
};

static FILE *open_file(const char *directory, const char *name)
{
    char path[sizeof(struct directory) + NAME_MAX];

    snprintf(path, sizeof(path), "%s/%s", directory, name);
    return fopen(path, "re");
}

static uint64_t parse_limit(char *text)
{
    uint64_t limit;

    text[strcspn(text, "\n")] = '\0';
    if (quantity_parse_number(text, &limit) || limit >= UNLIMITED_FROM)
        return CGROUP_UNLIMITED; /* for example "max" */
    return limit;
}

static uint64_t read_limit(const char *directory, const char *name)
{
    FILE *file = open_file(directory, name);
    char text[QUANTITY_TEXT_SIZE] = "";

    if (file == NULL)
        return CGROUP_UNLIMITED;
    if (fgets(text, sizeof(text), file) == NULL)
        text[0] = '\0';
    fclose(file);
    return parse_limit(text);
}

/* Version 1 only. Includes the limits of ancestors that the container cannot see. */
static uint64_t read_hierarchical_limit(const char *directory)
{
    static const char name[] = "hierarchical_memory_limit ";
    FILE *file = open_file(directory, "memory.stat");
    uint64_t limit = CGROUP_UNLIMITED;
    char line[128];

    if (file == NULL)
        return CGROUP_UNLIMITED;
    while (fgets(line, sizeof(line), file) != NULL) {
        if (strncmp(line, name, strlen(name)) == 0)
            limit = parse_limit(line + strlen(name));
    }
    fclose(file);
    return limit;
}

static void lower(uint64_t *limit, uint64_t other)
{
    if (other < *limit)
        *limit = other;
}

static void apply_memory(const char *directory, struct cgroup_limits *limits)
{
    lower(&limits->memory, read_limit(directory, "memory.max"));
    lower(&limits->memory, read_limit(directory, "memory.high"));
    lower(&limits->memory, read_limit(directory, "memory.limit_in_bytes"));
    lower(&limits->memory, read_hierarchical_limit(directory));
}

static void apply_tasks(const char *directory, struct cgroup_limits *limits)
{
    uint64_t max = read_limit(directory, "pids.max");
    uint64_t current = read_limit(directory, "pids.current");

    if (max != CGROUP_UNLIMITED && current != CGROUP_UNLIMITED)
        lower(&limits->tasks, max > current ? max - current : 0);
}

static void apply_up_to_mount(struct directory *directory, struct cgroup_limits *limits)
{
    for (;;) {
        apply_memory(directory->path, limits);
        apply_tasks(directory->path, limits);
        if (strlen(directory->path) <= directory->mount_len)
            return;
        *strrchr(directory->path, '/') = '\0';
    }
}

static bool has_word(const char *list, const char *word)
{
    size_t len = strlen(word);

    for (const char *at = list; *at != '\0'; at += strspn(at, ",")) {
        if (strcspn(at, ",") == len && strncmp(at, word, len) == 0)
            return true;
        at += strcspn(at, ",");
    }
    return false;
}

/* Replaces octal escapes such as "\040", a space. */
static void unescape(char *text)
{
    char *to = text;

    for (const char *from = text; *from != '\0';) {
        char digits[4] = "";

        if (*from == '\\')
            stpncpy(digits, from + 1, sizeof(digits) - 1);
        if (strlen(digits) == 3 && strspn(digits, "01234567") == 3) {
            *to++ = (char)strtoul(digits, NULL, 8);
            from += strlen("\\040");
        } else {
            *to++ = *from++;
        }
    }
    *to = '\0';
}

/* A line such as "35 31 0:32 / /sys/fs/cgroup/memory rw shared:9 - cgroup cgroup rw,memory". */
static bool parse_mount(const char *line, struct mount *ret_mount)
{
    const char *rest = strstr(line, " - ");

    if (rest == NULL ||
        sscanf(line, "%*s %*s %*s %4095s %4095s", ret_mount->root, ret_mount->point) != 2 ||
        sscanf(rest, " - %15s %*s %4095s", ret_mount->type, ret_mount->options) != 2)
        return false;
    unescape(ret_mount->root);
    unescape(ret_mount->point);
    return true;
}

/* A NULL `controller` is the hierarchy of version 2. */
static bool has_controller(const struct mount *mount, const char *controller)
{
    if (controller == NULL)
        return strcmp(mount->type, "cgroup2") == 0;
    return strcmp(mount->type, "cgroup") == 0 && has_word(mount->options, controller);
}

/* The path of `group` below the mount's root, or NULL if it is outside. The path of a group
 * outside the process's cgroup namespace starts with "/..". */
static const char *path_below(const struct mount *mount, const char *group)
{
    size_t len = strcmp(mount->root, "/") == 0 ? 0 : strlen(mount->root);

    if (strncmp(group, "/..", 3) == 0 || strncmp(group, mount->root, len) != 0)
        return NULL;
    return group[len] == '/' || group[len] == '\0' ? group + len : NULL;
}

static void set_directory(
    const char *root, const struct mount *mount, const char *below,
    struct directory *ret_directory)
{
    ret_directory->mount_len = strlen(root) + strlen(mount->point);
    snprintf(
        ret_directory->path, sizeof(ret_directory->path), "%s%s%s", root, mount->point, below);
}

/* Finds the group's directory, or the mount point if the group is not below it. Returns false
 * if the hierarchy is not mounted. */
static bool find_directory(
    const char *root, const char *controller, const char *group,
    struct directory *ret_directory)
{
    FILE *file = open_file(root, "proc/self/mountinfo");
    bool is_mounted = false;
    const char *below = NULL;
    char *line = NULL;
    size_t size = 0;
    struct mount mount;

    if (file == NULL)
        return false;
    while (below == NULL && getline(&line, &size, file) > 0) {
        if (!parse_mount(line, &mount) || !has_controller(&mount, controller))
            continue;
        below = path_below(&mount, group);
        if (below != NULL || !is_mounted)
            set_directory(root, &mount, below != NULL ? below : "", ret_directory);
        is_mounted = true;
    }
    free(line);
    fclose(file);
    return is_mounted;
}

static void apply_group(
    const char *root, const char *controller, const char *group, struct cgroup_limits *limits)
{
    struct directory directory;

    if (find_directory(root, controller, group, &directory))
        apply_up_to_mount(&directory, limits);
}

/* A line such as "4:memory:/system.slice", or in version 2 "0::/system.slice". */
static void apply_line(const char *root, char *line, struct cgroup_limits *limits)
{
    char *controllers = strchr(line, ':');
    char *group = controllers == NULL ? NULL : strchr(controllers + 1, ':');

    if (group == NULL)
        return;
    *group++ = '\0';
    controllers++;
    group[strcspn(group, "\n")] = '\0';
    if (*controllers == '\0')
        apply_group(root, NULL, group, limits);
    if (has_word(controllers, "memory"))
        apply_group(root, "memory", group, limits);
    if (has_word(controllers, "pids"))
        apply_group(root, "pids", group, limits);
}

void cgroup_limits_read(const char *root, struct cgroup_limits *ret_limits)
{
    FILE *file = open_file(root, "proc/self/cgroup");
    char *line = NULL;
    size_t size = 0;

    *ret_limits = (struct cgroup_limits){CGROUP_UNLIMITED, CGROUP_UNLIMITED};
    if (file == NULL)
        return;
    while (getline(&line, &size, file) > 0)
        apply_line(root, line, ret_limits);
    free(line);
    fclose(file);
}
