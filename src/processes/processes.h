/* Which processes of this host hold sockets, and what their environment says of their rank.
 * Only those that this process may inspect: usually those of the same user. Thread-safe. */
#ifndef PROCESSES_PROCESSES_H
#define PROCESSES_PROCESSES_H

#include <stddef.h>
#include <stdint.h>

enum { PROCESS_NAME_MAX = 64 /* bytes, with the terminator */ };

struct process {
    int32_t pid;
    int32_t rank;                /* RANK, else SLURM_PROCID; -1: neither is set */
    char name[PROCESS_NAME_MAX]; /* "python train.py"; cut */
};

/* What /proc tells of a process; without permission, only its number. */
void process_read(int32_t pid, struct process *ret_process);

/* The socket is the one at `index` of the inodes. */
typedef void process_fn(void *context, size_t index, const struct process *process);

/* Calls `found` once for each of the inodes, which are ascending, that a process has open; if
 * several have, for the one with the lowest number. */
void processes_each_holder(
    const uint64_t *inodes, size_t count, process_fn *found, void *context);

#endif
