#include "server/memories.h"

#include <stdint.h>

#include "server/heap.h"
#include "server/options.h"

void memories_init(struct memories *memories, const struct tcpstore_limits *limits)
{
    size_t all = limits->memory_bytes;
    size_t reserve = limits_memory_reserve(limits);

    memory_init(&memories->stored, heap_resize, NULL, all - reserve);
    memory_share(&memories->serving, &memories->stored, all - reserve / 2);
    memory_share(&memories->local, &memories->stored, all);
}

void memories_done(struct memories *memories)
{
    memory_give_back(&memories->stored, SIZE_MAX);
}

const char *memories_explain(const struct memories *memories)
{
    const struct memory *refuser = memories->stored.refuser;

    if (memories->stored.exhausted)
        return ", but the system has no more";
    if (refuser == &memories->local)
        return ", including the reserve for clients on this host";
    if (refuser == &memories->stored)
        return "; clients can read and delete";
    return "; clients on this host can read and delete";
}
