#include "server/remote_process.h"

static size_t size_of(size_t text_len)
{
    return sizeof(struct remote_process) + text_len;
}

static struct span cut(struct span text)
{
    return text.len > REMOTE_TEXT_MAX ? span_of(text.bytes, REMOTE_TEXT_MAX) : text;
}

struct remote_process *remote_process_new(
    struct memory *memory, int32_t rank, int32_t pid, struct span host, struct span name)
{
    struct remote_process *process;

    host = cut(host);
    name = cut(name);
    process = memory_alloc(memory, size_of(host.len + name.len));
    if (process == NULL)
        return NULL;
    *process = (struct remote_process){
        .rank = rank, .pid = pid, .host_len = host.len, .name_len = name.len};
    span_copy(span_copy(process->texts, host), name);
    return process;
}

struct remote_process *remote_process_copy(
    struct memory *memory, const struct remote_process *process)
{
    return process == NULL ? NULL
                           : remote_process_new(
                                 memory, process->rank, process->pid,
                                 remote_process_host(process), remote_process_name(process));
}

void remote_process_free(struct memory *memory, struct remote_process *process)
{
    if (process != NULL)
        memory_free(memory, process, size_of(process->host_len + process->name_len));
}
