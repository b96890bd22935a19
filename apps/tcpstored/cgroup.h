/* The limits that control groups set on this process: version 1, 2 or both. */
#ifndef TCPSTORED_CGROUP_H
#define TCPSTORED_CGROUP_H

#include <stdint.h>

#define CGROUP_UNLIMITED UINT64_MAX

struct cgroup_limits {
    uint64_t memory; /* bytes; the smallest limit of the process's group and its ancestors */
    uint64_t tasks;  /* processes and threads that can still be started there */
};

/* Reads the files below `root`, "" for the real ones. A limit that cannot be read counts as
 * unlimited, so that the daemon starts on every system. */
void cgroup_limits_read(const char *root, struct cgroup_limits *ret_limits);

#endif
