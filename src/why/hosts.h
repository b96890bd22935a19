/* What the clients of each host do, and which members it lacks. Not thread-safe. */
#ifndef WHY_HOSTS_H
#define WHY_HOSTS_H

#include "base/table.h"
#include "why/culprits.h"
#include "why/lines.h"
#include "why/stages.h"

enum host_state { /* of several, the last one that is true */
                  HOST_RUNNING,
                  HOST_WAITING, /* clients of it wait, but not for an event that may never
                                   happen */
                  HOST_SILENT, /* others wait for clients of it that are connected and silent */
                  HOST_MISSING, /* others wait for members that have left or did not come, or
                                   for all of it */
};

struct host_range {
    struct host_range *next;
    uint32_t first; /* rank */
    uint32_t last;
};

struct host {
    struct table_node node; /* its name follows the struct */
    struct host *next;      /* in the order of their lowest ranks; without any, last */
    bool is_listed;         /* in that order, by hosts.c */
    size_t clients;         /* that are connected: the sum of the next three */
    size_t running;
    size_t waiting;
    size_t silent;
    size_t left;
    int64_t longest_ms;
    struct host_range *ranks; /* of its clients, ascending */
    struct host_range *missing;
};

struct hosts {
    struct memory *memory;
    struct table table; /* by name */
    struct host *first;
    struct host **end;
    size_t count;
};

/* TCPSTORE_ENOMEM: then call hosts_done, too. */
TCPSTORE_MUST_USE
int hosts_init(
    struct hosts *hosts, struct memory *memory, const struct hash_key *hash_key,
    const struct facts *facts, const struct identities *identities);

void hosts_done(struct hosts *hosts);

/* Adds the culprits of a stage that hangs to their hosts. TCPSTORE_ENOMEM. */
TCPSTORE_MUST_USE
int hosts_blame(struct hosts *hosts, const struct culprits *culprits);

enum host_state host_state(const struct host *host);

/* "10.0.0.1". Of a host that never connected it is known only which of the job's hosts it is:
 * "?57". */
struct span host_name(const struct host *host);

/* "0-2,7". */
void host_write_ranges(struct lines *lines, const struct host_range *first);

#endif
