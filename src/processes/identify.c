#include "processes/identify.h"

#include <stdlib.h>
#include <string.h>

#include "processes/local_sockets.h"
#include "server/descriptors.h"

enum { PORTS = 1 << 16 };

/* A client whose socket is on this host. */
struct local {
    uint64_t inode;
    size_t client; /* its index */
};

struct matching {
    const struct sought_client *clients;
    size_t count;
    size_t *first; /* of the clients with each port: its index + 1; 0: none */
    size_t *next;  /* of the clients with the same port, likewise */
    struct local *locals;
    size_t local_count;
    process_fn *identified;
    void *context;
};

static void sort_by_port(struct matching *matching)
{
    for (size_t i = 0; i < matching->count; i++) {
        size_t port = matching->clients[i].port;

        if (port == 0)
            continue;
        matching->next[i] = matching->first[port];
        matching->first[port] = i + 1;
    }
}

static void match(void *context, const union address *own, uint64_t inode)
{
    struct matching *matching = context;
    char text[ADDRESS_TEXT_MAX];
    struct span address;

    address_format(own, text);
    address = span_of(text, strlen(text));
    for (size_t at = matching->first[address_port(own)]; at > 0; at = matching->next[at - 1]) {
        if (span_equal(matching->clients[at - 1].address, address) &&
            matching->local_count < matching->count)
            matching->locals[matching->local_count++] =
                (struct local){.inode = inode, .client = at - 1};
    }
}

static int compare(const void *left, const void *right)
{
    uint64_t first = ((const struct local *)left)->inode;
    uint64_t second = ((const struct local *)right)->inode;

    return (first > second) - (first < second);
}

static void on_holder(void *context, size_t index, const struct process *process)
{
    const struct matching *matching = context;

    matching->identified(matching->context, matching->locals[index].client, process);
}

static void find_processes(struct matching *matching)
{
    uint64_t *inodes = malloc((matching->local_count + 1) * sizeof(*inodes));

    if (inodes == NULL)
        return;
    qsort(matching->locals, matching->local_count, sizeof(*matching->locals), compare);
    for (size_t i = 0; i < matching->local_count; i++)
        inodes[i] = matching->locals[i].inode;
    if (matching->local_count > 0)
        processes_each_holder(inodes, matching->local_count, on_holder, matching);
    free(inodes);
}

/* Those of which the kernel has told which process each is. */
static void describe_known(const struct matching *matching)
{
    struct process process = {.pid = 0};

    for (size_t i = 0; i < matching->count; i++) {
        int32_t pid = matching->clients[i].pid;

        if (pid == 0)
            continue;
        if (pid != process.pid)
            process_read(pid, &process);
        matching->identified(matching->context, i, &process);
    }
}

void identify(
    const struct sought_client *clients, size_t count, uint16_t port, process_fn *identified,
    void *context)
{
    struct matching matching = {
        .clients = clients,
        .count = count,
        .first = calloc(PORTS, sizeof(size_t)),
        .next = calloc(count + 1, sizeof(size_t)),
        .locals = calloc(count + 1, sizeof(struct local)),
        .identified = identified,
        .context = context,
    };
    struct held_descriptors held;

    descriptors_hold(&held);
    if (matching.first != NULL && matching.next != NULL && matching.locals != NULL) {
        sort_by_port(&matching);
        local_sockets_each(port, match, &matching);
        find_processes(&matching);
        describe_known(&matching);
    }
    descriptors_release(&held);
    free(matching.first);
    free(matching.next);
    free(matching.locals);
}
