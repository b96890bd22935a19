#include "why/families.h"

/* PyTorch 2.13, torchft, the resiliency extension and our Python package. The first pattern
 * that matches decides. */
static const struct family families[] = {
    {"init/", SETTER_UNKNOWN, "connecting", "client", "connected", .next = "default group"},
    {"*exception_dump", SETTER_EVENT, "NCCL watchdog", "rank", "failed", .next = NULL},
    {"*remote_error:%", SETTER_EVENT, "NCCL watchdog", "rank", "failed", .next = NULL},
    {"*any_rank_interrupted", SETTER_EVENT, "resiliency", "rank", "failed", .next = NULL},
    {"*:round_done_#", SETTER_EVENT, "resiliency", "round", "ended", .next = NULL},
    {"*AsyncCheckpointProcess//0//cpu//0/#", SETTER_NUMBERED, "asynchronous checkpoint",
     "checkpoint process", "set an address", .next = NULL},
    {"*//cpu//0/#", SETTER_NUMBERED, "gloo", "rank", "set an address",
     .next = "connections between the ranks", .traits = FAMILY_ALL_RANKS},
    {"*//cuda//UniqueNCCLID:#", SETTER_NUMBERED, "NCCL", "root", "set the ID",
     .next = "connections inside NCCL"},
    {"*//cuda//#:#", SETTER_NUMBERED, "NCCL, a pair", "rank", "set the ID",
     .next = "connections inside NCCL"},
    {"*//cuda//#", SETTER_FIRST, "NCCL", "communicator", "set the ID",
     .next = "connections inside NCCL"},
    {"*/MASTER_ADDR", SETTER_FIRST, "torchrun, address of rank 0", "agent",
     "published the address",
     .hint = "does the name of its host resolve? If not, start torchrun with --local-addr",
     .next = "torchrun, roles"},
    {"*tcpstore/store", SETTER_FIRST, "torchrun, store of the trainers", "agent",
     "made a store for the trainers", .next = "torchrun, roles"},
    {"*tcpstore/agent/#", SETTER_NUMBERED, "torchrun", "agent", "connected", .next = NULL},
    {"*tcpstore/torchrun/%/agents/#", SETTER_AGENTS, "torchrun, rendezvous", "agent", "joined",
     .next = "torchrun, store of the trainers"},
    {"*tcpstore/jobs/%/#", SETTER_FIRST, "tcpstore://", "rank", "made a store for the job",
     .next = "tcpstore://, all ranks", .traits = FAMILY_NAMES_JOB},
    {"*tcpstore/rank/#", SETTER_NUMBERED, "tcpstore://, all ranks", "rank", "joined",
     .next = "default group", .traits = FAMILY_ALL_RANKS | FAMILY_WORLD},
    {"*tcpstore/complete", SETTER_FIRST, "tcpstore://, rank 0", "rank", "confirmed",
     .next = "default group"},
    {"*torchelastic/role_info/#", SETTER_NUMBERED, "torchrun, roles", "agent", "set a role",
     .next = "torchrun, ranks"},
    {"*torchelastic/assigned_ranks/#", SETTER_FIRST, "torchrun, ranks", "agent",
     "assigned the ranks", .next = "start of the workers"},
    {"*torch.rendezvous.%", SETTER_EVENT, "torchrun, rendezvous", "agent", "joined",
     .next = "torchrun, address of rank 0"},
    {"*torchelastic/agent/terminal_state/last_member", SETTER_EVENT, "torchrun, end", "agent",
     "ended", .next = NULL},
    {"*store_based_barrier_key:%:last_worker", SETTER_LAST_MEMBER, "barrier of a new group",
     "rank", "come", .next = "use of the group", .end = ":last_worker", .counter = ""},
    {"*/last_member", SETTER_LAST_MEMBER, "barrier", "rank", "come", .end = "/last_member",
     .counter = "/num_members"},
    {"*/last_members", SETTER_LAST_MEMBER, "barrier", "rank", "come", .end = "/last_members",
     .counter = "/num_members"},
    {"*rpc_prefix_%/0/#", SETTER_NUMBERED, "RPC", "worker", "set an address",
     .next = "RPC, names"},
    {"*rpc_prefix_%/names/#", SETTER_NUMBERED, "RPC, names", "worker", "set a name",
     .next = "RPC, addresses"},
    {"*rpc_prefix_%/addrs/%", SETTER_UNKNOWN, "RPC, addresses", "worker", "set an address",
     .next = NULL},
    {"*debug_server/rank#", SETTER_NUMBERED, "debug server", "rank", "set an address",
     .next = NULL},
    {"*manager_addr", SETTER_FIRST, "torchft", "rank", "set an address", .next = NULL},
    {"*replica_id", SETTER_FIRST, "torchft", "rank", "set the ID", .next = NULL},
    {"*torchft/%/#", SETTER_NUMBERED, "torchft, quorum", "rank", "set an address",
     .next = NULL},
};

static const struct family numbered = {
    "*#*",    SETTER_NUMBERED, "keys that differ in a number",
    "number", "set a key",     .next = NULL};
static const struct family roll = {
    "*",          SETTER_NUMBERED,           "all ranks", "rank", "connected",
    .next = NULL, .traits = FAMILY_ALL_RANKS};
static const struct family operation = {"*",    SETTER_UNKNOWN, "barrier",
                                        "rank", "come",         .next = NULL};
static const struct family other = {"*", SETTER_UNKNOWN, "a key", "rank", "come", .next = NULL};

static const char group_start[] = "default_pg/0";
static const char rendezvous_start[] = "torch.rendezvous.";

static struct span trim(struct span text)
{
    while (text.len > 0 && text.bytes[0] == '/')
        text = span_from(text, 1);
    while (text.len > 0 && text.bytes[text.len - 1] == '/')
        text.len--;
    return text;
}

/* Where `word` begins in `text`, or the length of the text. */
static size_t find(struct span text, const char *word)
{
    size_t len = strlen(word);

    for (size_t at = 0; at + len <= text.len; at++)
        if (memcmp(text.bytes + at, word, len) == 0)
            return at;
    return text.len;
}

static bool begins_with(struct span text, const char *word)
{
    return text.len >= strlen(word) && memcmp(text.bytes, word, strlen(word)) == 0;
}

static bool ends_with(struct span text, const char *word)
{
    size_t len = strlen(word);

    return text.len >= len && memcmp(text.bytes + text.len - len, word, len) == 0;
}

/* Returns where the default group's part ends in what precedes a key of a process group:
 * PyTorch writes "JOB/default_pg/0//GROUP", or "JOB/0//GROUP" if a script has passed its own
 * store. The job's part ends before it, at *ret_job_len. */
static size_t find_group(struct span start, size_t *ret_job_len)
{
    size_t at = find(start, group_start);

    *ret_job_len = at;
    if (at < start.len)
        return at + sizeof(group_start) - 1;
    at = find(start, "/0//");
    if (at == start.len && ends_with(start, "/0"))
        at -= 2;
    *ret_job_len = at;
    return at < start.len ? at + 2 : at;
}

/* What a pattern's '*' stands for is the job's prefix and, in it, that of a process group. */
static void divide_start(struct span start, struct family_match *match)
{
    size_t job_len;
    size_t at = find_group(start, &job_len);

    match->job = trim(span_of(start.bytes, job_len));
    match->group = trim(span_from(start, at));
    match->is_subgroup = match->family->setter == SETTER_NUMBERED && match->group.len > 0;
    match->is_default_group = job_len < start.len && match->group.len == 0;
    if (begins_with(match->job, rendezvous_start))
        match->job = span_from(match->job, sizeof(rendezvous_start) - 1);
}

static void divide_at(struct span key, struct span digits, struct family_match *match)
{
    match->before = key;
    match->after = span_of(NULL, 0);
    match->has_number = digits.bytes != NULL;
    if (!match->has_number)
        return;
    match->before.len = (size_t)(digits.bytes - key.bytes);
    match->after = span_from(key, match->before.len + digits.len);
}

/* The last number of a key; without one, `bytes` is NULL. */
static struct span last_number(struct span key, uint32_t *ret_number)
{
    size_t end = key.len;
    size_t begin;

    while (end > 0 && !(key.bytes[end - 1] >= '0' && key.bytes[end - 1] <= '9'))
        end--;
    for (begin = end; begin > 0 && key.bytes[begin - 1] >= '0' && key.bytes[begin - 1] <= '9';)
        begin--;
    if (pattern_number(span_of(key.bytes + begin, end - begin), ret_number) == 0)
        return span_of(NULL, 0);
    return span_of(key.bytes + begin, end - begin);
}

void families_match_barrier(struct span key, struct family_match *ret_match)
{
    *ret_match = (struct family_match){.family = &operation, .group = trim(key), .before = key};
}

static void match_any(struct span key, struct family_match *match)
{
    struct span digits = last_number(key, &match->number);

    divide_at(key, digits, match);
    match->family = match->has_number ? &numbered : &other;
    match->job = span_of(NULL, 0);
    match->group = span_of(NULL, 0);
    match->is_default_group = false;
    match->is_subgroup = false;
}

void families_match(struct span key, struct family_match *ret_match)
{
    struct pattern_match found;

    ret_match->number = 0;
    for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
        if (!pattern_match(families[i].pattern, key, &found))
            continue;
        ret_match->family = &families[i];
        ret_match->number = found.number;
        divide_start(found.start, ret_match);
        divide_at(key, found.digits, ret_match);
        if ((families[i].traits & FAMILY_NAMES_JOB) != 0) {
            ret_match->job = found.name;
        } else if (found.name.len > 0 && ret_match->group.len == 0) {
            ret_match->group = found.name;
            ret_match->is_default_group = false;
        }
        return;
    }
    match_any(key, ret_match);
}

size_t families_counter(const struct family *family, struct span key, uint8_t *counter)
{
    size_t len = key.len - strlen(family->end);
    uint8_t *end = span_copy(counter, span_of(key.bytes, len));

    end = span_copy(end, span_of(family->counter, strlen(family->counter)));
    return (size_t)(end - counter);
}

void families_ignore_number(struct family_match *match)
{
    if (match->family == &numbered)
        match->family = &other;
}

void families_call_roll(struct family_match *match)
{
    match->family = &roll;
}
