#include "processes/processes.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    PATH_MAX_BYTES = 64,
    LINK_MAX = 64,
    ENVIRONMENT_MAX = 64 << 10, /* bytes that are searched for the rank */
    PROCESSES_MAX = 32 << 10,
    FILES_MAX = 1 << 20, /* of all processes; with that many, some are not looked at */
};

struct search {
    const uint64_t *inodes;
    size_t count;
    bool *is_found; /* by index */
    size_t left;
    size_t files_left;
    process_fn *found;
    void *context;
};

/* Reads up to `size` - 1 bytes of /proc/PID/`name`, and terminates them. Returns how many. */
static size_t read_file(int32_t pid, const char *name, char *text, size_t size)
{
    char path[PATH_MAX_BYTES];
    size_t len = 0;
    int fd;

    *text = 0;
    snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    for (;;) {
        ssize_t part = read(fd, text + len, size - 1 - len);

        if (part <= 0)
            break;
        len += (size_t)part;
    }
    close(fd);
    text[len] = 0;
    return len;
}

/* The arguments are divided by null bytes. */
static void read_name(struct process *process)
{
    size_t len = read_file(process->pid, "cmdline", process->name, sizeof(process->name));

    while (len > 0 && process->name[len - 1] == 0)
        len--;
    for (size_t i = 0; i < len; i++) {
        if (process->name[i] == 0)
            process->name[i] = ' ';
    }
}

static int32_t parse_rank(const char *text)
{
    char *end;
    long rank = strtol(text, &end, 10);

    return end == text || *end != 0 || rank < 0 || rank > INT32_MAX ? -1 : (int32_t)rank;
}

/* -1: it is not set. */
static int32_t find_rank(const char *environment, size_t len, const char *name)
{
    size_t name_len = strlen(name);

    for (size_t at = 0; at < len; at += strlen(environment + at) + 1) {
        if (strncmp(environment + at, name, name_len) == 0)
            return parse_rank(environment + at + name_len);
    }
    return -1;
}

static void read_rank(struct process *process)
{
    char *environment = malloc(ENVIRONMENT_MAX);
    size_t len;

    process->rank = -1;
    if (environment == NULL)
        return;
    len = read_file(process->pid, "environ", environment, ENVIRONMENT_MAX);
    process->rank = find_rank(environment, len, "RANK=");
    if (process->rank < 0)
        process->rank = find_rank(environment, len, "SLURM_PROCID=");
    free(environment);
}

void process_read(int32_t pid, struct process *ret_process)
{
    *ret_process = (struct process){.pid = pid};
    read_name(ret_process);
    read_rank(ret_process);
}

static int compare(const void *left, const void *right)
{
    uint64_t first = *(const uint64_t *)left;
    uint64_t second = *(const uint64_t *)right;

    return (first > second) - (first < second);
}

/* The index of the inode that a link such as "socket:[123]" names; `count`: none. */
static size_t index_of(const struct search *search, const char *link)
{
    static const char start[] = "socket:[";
    const uint64_t *found;
    uint64_t inode;

    if (strncmp(link, start, sizeof(start) - 1) != 0)
        return search->count;
    inode = strtoull(link + sizeof(start) - 1, NULL, 10);
    found = bsearch(&inode, search->inodes, search->count, sizeof(inode), compare);
    return found == NULL ? search->count : (size_t)(found - search->inodes);
}

static void take_link(struct search *search, struct process *process, const char *link)
{
    size_t index = index_of(search, link);

    if (index == search->count || search->is_found[index])
        return;
    if (process->name[0] == 0)
        process_read(process->pid, process);
    search->is_found[index] = true;
    search->left--;
    search->found(search->context, index, process);
}

static void search_process(struct search *search, int32_t pid)
{
    struct process process = {.pid = pid, .rank = -1};
    char path[PATH_MAX_BYTES];
    const struct dirent *file;
    DIR *files;

    snprintf(path, sizeof(path), "/proc/%d/fd", pid);
    files = opendir(path);
    if (files == NULL)
        return;
    /* cppcheck-suppress readdirCalled; each thread has a stream of its own */
    while (search->left > 0 && search->files_left > 0 && (file = readdir(files)) != NULL) {
        char link[LINK_MAX];
        ssize_t len = readlinkat(dirfd(files), file->d_name, link, sizeof(link) - 1);

        search->files_left--;
        if (len <= 0)
            continue;
        link[len] = 0;
        take_link(search, &process, link);
    }
    closedir(files);
}

static int compare_pids(const void *left, const void *right)
{
    int32_t first = *(const int32_t *)left;
    int32_t second = *(const int32_t *)right;

    return (first > second) - (first < second);
}

/* Returns how many there are. */
static size_t list_processes(int32_t *pids, size_t max)
{
    DIR *folder = opendir("/proc");
    const struct dirent *entry;
    size_t count = 0;

    if (folder == NULL)
        return 0;
    /* cppcheck-suppress readdirCalled; each thread has a stream of its own */
    while (count < max && (entry = readdir(folder)) != NULL) {
        if (*entry->d_name >= '1' && *entry->d_name <= '9')
            pids[count++] = (int32_t)strtol(entry->d_name, NULL, 10);
    }
    closedir(folder);
    qsort(pids, count, sizeof(*pids), compare_pids);
    return count;
}

void processes_each_holder(
    const uint64_t *inodes, size_t count, process_fn *found, void *context)
{
    int32_t *pids = malloc(PROCESSES_MAX * sizeof(*pids));
    struct search search = {
        .inodes = inodes,
        .count = count,
        .is_found = calloc(count, sizeof(bool)),
        .left = count,
        .files_left = FILES_MAX,
        .found = found,
        .context = context,
    };

    if (pids != NULL && search.is_found != NULL) {
        size_t pid_count = list_processes(pids, PROCESSES_MAX);

        for (size_t i = 0; i < pid_count && search.left > 0; i++)
            search_process(&search, pids[i]);
    }
    free(search.is_found);
    free(pids);
}
