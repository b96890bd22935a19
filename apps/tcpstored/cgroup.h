/* The limits that control groups of version 1 and 2 set on this process. */
#ifndef TCPSTORED_CGROUP_H
#define TCPSTORED_CGROUP_H

#include <stdint.h>

#define CGROUP_UNLIMITED UINT64_MAX

struct cgroup_limits {
    uint64_t memory; /* bytes; the smallest limit of the process's group and its ancestors */
    uint64_t tasks;  /* processes and threads that can still be started */
};

/* Reads the files below `root`; "" is the real root. A limit that cannot be read is unlimited,
 * so that the daemon starts on every system. */
void cgroup_limits_read(const char *root, struct cgroup_limits *ret_limits);

#endif
