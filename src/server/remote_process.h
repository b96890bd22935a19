/* The process of a client that is connected to a relay, as the relay tells it: any host can
 * claim any of it. Not thread-safe. */
#ifndef SERVER_REMOTE_PROCESS_H
#define SERVER_REMOTE_PROCESS_H

#include "base/memory.h"
#include "base/span.h"

enum { REMOTE_TEXT_MAX = 255 /* bytes of each text */ };

struct remote_process {
    int32_t rank; /* as its environment says; -1: unknown */
    int32_t pid;  /* 0: unknown */
    size_t host_len;
    size_t name_len;
    uint8_t texts[]; /* the host, and the name: "python train.py" */
};

/* `rank` is at least -1, and `pid` at least 0. Of a text, only the first REMOTE_TEXT_MAX bytes
 * are kept. NULL: memory is refused. */
struct remote_process *remote_process_new(
    struct memory *memory, int32_t rank, int32_t pid, struct span host, struct span name);

/* NULL if memory is refused, or the process is NULL. */
struct remote_process *remote_process_copy(
    struct memory *memory, const struct remote_process *process);

/* Frees what that memory was taken for. NULL is fine. */
void remote_process_free(struct memory *memory, struct remote_process *process);

/* Empty: unknown. */
static inline struct span remote_process_host(const struct remote_process *process)
{
    return span_of(process->texts, process->host_len);
}

/* Likewise. */
static inline struct span remote_process_name(const struct remote_process *process)
{
    return span_of(process->texts + process->host_len, process->name_len);
}

#endif
