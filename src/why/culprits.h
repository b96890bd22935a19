/* The members that the clients of a stage wait for. */
#ifndef WHY_CULPRITS_H
#define WHY_CULPRITS_H

#include "why/stages.h"

enum culprit_kind {
    CULPRIT_LEFT,      /* `client` was the member, and has disconnected */
    CULPRIT_SILENT,    /* `client` is connected, waits for nothing, and has not done its part */
    CULPRIT_ELSEWHERE, /* `client` waits for something else */
    CULPRIT_TWICE,     /* `client` and `other` are both connected as the member */
    CULPRIT_UNKNOWN,   /* no client is known to be members `first` to `last` */
    CULPRIT_HOST_SHORT, /* the same, but others of the host of `client` are known */
    CULPRIT_HOST_NEVER, /* the same, and they are all members of a host or several */
    CULPRIT_BEFORE_KEY, /* `client` has connected, and done nothing since: perhaps one of the
                           unknown */
    CULPRIT_EXPECTS,    /* `client` expects more members than there are */
    CULPRIT_MORE,       /* so many more are needed as there are from `first` to `last` */
    CULPRIT_KINDS,
};

struct culprit {
    struct culprit *next;
    enum culprit_kind kind;
    const struct facts_client *client; /* NULL: of CULPRIT_UNKNOWN, _HOST_NEVER, _MORE */
    const struct facts_client *other;  /* of CULPRIT_TWICE */
    uint32_t first;                    /* member */
    uint32_t last;
    bool in_group; /* they are members of the stage's group, and which of the job is unknown */
    bool is_sure;  /* else it is one of several, of which some have not done their part */
};

/* What was worked out about a stage. */
struct culprits {
    struct memory *memory;
    struct culprit *first;
    struct culprit **end;
    uint32_t world;         /* members of the stage; 0: they are not counted */
    bool is_known;          /* else there may be more */
    uint32_t come;          /* of them */
    struct numbers missing; /* members that are among the culprits */
    uint32_t usual;         /* members of a host; 0: there is no such number */
};

#endif
