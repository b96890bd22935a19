/*
 * What the keys of PyTorch's jobs mean: a table with a line for each family of keys. A key that
 * no line describes is taken for one of several that differ in its last number. Thread-safe.
 */
#ifndef WHY_FAMILIES_H
#define WHY_FAMILIES_H

#include "why/pattern.h"

/* Which process sets a key of the family. Its waiters wait for that one. */
enum setter {
    SETTER_NUMBERED,    /* the member with the key's number */
    SETTER_FIRST,       /* member 0; the number, if any, counts something else */
    SETTER_LAST_MEMBER, /* the last one that has counted itself */
    SETTER_UNKNOWN,
    SETTER_EVENT,  /* an event that may never happen: waits for it are normal */
    SETTER_AGENTS, /* each of torchrun's agents, as its first key; the number is that of the
                      agents needed */
};

enum family_trait {
    FAMILY_ALL_RANKS = 1, /* its numbers are the ranks of the job, from 0 to the last one */
    FAMILY_WORLD = 2,     /* the values of its keys have the number of ranks */
    FAMILY_NAMES_JOB = 4, /* '%' is the job's name */
};

struct family {
    const char *pattern;
    enum setter setter;
    const char *stage;  /* what the job does meanwhile */
    const char *member; /* what the number counts: "rank", "agent", … */
    const char *deed;   /* what the setter has done once the key exists: "set an address" */
    const char *hint;   /* what to look at if it has not; NULL: the usual */
    const char *next;   /* what the job does after that; NULL: unknown */
    const char *end; /* of a key with SETTER_LAST_MEMBER; replaced by `counter`, it is the key
                        in which the members count themselves */
    const char *counter;
    uint64_t traits; /* of enum family_trait; as wide as a pointer, so nothing is padded */
};

/* A key in its family. The spans are parts of the key. */
struct family_match {
    const struct family *family;
    struct span job;       /* its prefix, without slashes at its ends; may be empty */
    struct span group;     /* or barrier; empty: the default group, or the family has none */
    bool is_default_group; /* of a job */
    bool is_subgroup;
    struct span before; /* what precedes the number; all of the key if it has none */
    struct span after;  /* what follows the number */
    uint32_t number;
    bool has_number;
};

void families_match(struct span key, struct family_match *ret_match);

/* Of a BARRIER. Its group is the key: only its size and its waiters are known. */
void families_match_barrier(struct span key, struct family_match *ret_match);

/* Of a key in no family of the table: its number counts no members, since there are no other
 * keys like it. */
void families_ignore_number(struct family_match *match);

/* Of a key that ranks set to name themselves: in its stage no client waits. */
void families_call_roll(struct family_match *match);

/* Of a key with SETTER_LAST_MEMBER: writes the key of its counter, which is at most as long, to
 * `counter`, and returns its length. */
size_t families_counter(const struct family *family, struct span key, uint8_t *counter);

#endif
