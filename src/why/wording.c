#include "why/wording.h"

#include <inttypes.h>

static void write_members(
    struct lines *lines, const struct stage *stage, const struct culprit *culprit)
{
    lines_add(
        lines, "%s%s %" PRIu32, stage->match.family->member,
        culprit->first == culprit->last ? "" : "s", culprit->first);
    if (culprit->last > culprit->first)
        lines_add(lines, "-%" PRIu32, culprit->last);
    if (culprit->in_group)
        lines_add(lines, " of the group");
}

static void write_peer(struct lines *lines, const struct facts_client *client)
{
    lines_add(lines, " (");
    lines_add_quoted(lines, client->peer);
    if (client->pid > 0)
        lines_add(lines, ", pid %" PRId32, client->pid);
    lines_add(lines, ")");
}

/* Agents are not numbered. */
static void write_lost_agent(struct lines *lines, const struct facts_client *client)
{
    lines_add(lines, "an agent left ");
    lines_add_time(lines, client->left_ms);
    lines_add(lines, " ago, and none has taken its place");
}

static void write_lost_member(
    struct lines *lines, const struct stage *stage, const struct culprit *culprit)
{
    bool has_come = stage->match.has_number && numbers_has(&stage->present, culprit->first);

    write_members(lines, stage, culprit);
    if (has_come)
        lines_add(lines, " has %s, but", stage->match.family->deed);
    lines_add(lines, " left ");
    lines_add_time(lines, culprit->client->left_ms);
    lines_add(lines, " ago");
    if (!has_come)
        lines_add(lines, " and has not %s", stage->match.family->deed);
}

static void write_left(
    struct lines *lines, const struct stage *stage, const struct culprit *culprit)
{
    if (stage->match.family->setter == SETTER_AGENTS)
        write_lost_agent(lines, culprit->client);
    else
        write_lost_member(lines, stage, culprit);
    write_peer(lines, culprit->client);
    lines_add(lines, ": its process has ended; look at its log");
}

static void write_silent(
    struct lines *lines, const struct stage *stage, const struct culprit *culprit)
{
    write_members(lines, stage, culprit);
    lines_add(
        lines, " is connected, has not %s, and is silent for ", stage->match.family->deed);
    lines_add_time(lines, culprit->client->silent_ms);
    write_peer(lines, culprit->client);
    lines_add(lines, ": look at what its process does");
}

static void write_elsewhere(
    struct lines *lines, const struct stage *stage, const struct culprit *culprit)
{
    struct family_match match;
    bool is_same_stage;

    families_match(culprit->client->awaited, &match);
    is_same_stage = match.family == stage->match.family && match.is_default_group &&
                    !span_equal(match.job, stage->match.job);
    write_members(lines, stage, culprit);
    lines_add(
        lines,
        is_same_stage ? " has another prefix and waits for " : " waits for something else: ");
    lines_add_quoted(lines, culprit->client->awaited);
    write_peer(lines, culprit->client);
    if (is_same_stage)
        lines_add(lines, ": were both meant to be one job?");
}

static void write_twice(
    struct lines *lines, const struct stage *stage, const struct culprit *culprit)
{
    write_members(lines, stage, culprit);
    lines_add(lines, " is connected twice");
    write_peer(lines, culprit->client);
    lines_add(lines, " and");
    write_peer(lines, culprit->other);
    lines_add(lines, ": look for a wrong RANK");
}

static void write_unknown(
    struct lines *lines, const struct stage *stage, const struct culprit *culprit)
{
    const struct family *family = stage->match.family;
    bool is_one = culprit->first == culprit->last;

    write_members(lines, stage, culprit);
    lines_add(lines, is_one ? " has" : " have");
    lines_add(lines, " not %s", family->deed);
    if (culprit->in_group)
        return;
    lines_add(
        lines, is_one ? ", and no client is known to be it: "
                      : ", and no client is known to be one of them: ");
    if (family->hint != NULL)
        lines_add(lines, "%s", family->hint);
    else
        lines_add(lines, is_one ? "was it started?" : "were they started?");
}

static void write_host_short(
    struct lines *lines, const struct finding *finding, const struct culprit *culprit)
{
    const struct stage *stage = finding->stage;

    lines_add(lines, "host ");
    lines_add_quoted(lines, facts_host(culprit->client));
    lines_add(lines, " lacks ");
    write_members(lines, stage, culprit);
    lines_add(
        lines, ", where others have %" PRIu32 " %ss each: was it started, or has it failed?",
        finding->culprits.usual, stage->match.family->member);
}

static void write_host_never(
    struct lines *lines, const struct stage *stage, const struct culprit *culprit)
{
    write_members(lines, stage, culprit);
    lines_add(lines, " have not connected: the host that has them is missing");
}

static void write_before_key(struct lines *lines, const struct culprit *culprit)
{
    const struct facts_client *client = culprit->client;

    lines_add_quoted(lines, client->peer);
    if (client->has_left) {
        lines_add(lines, " left ");
        lines_add_time(lines, client->left_ms);
        lines_add(lines, " ago and had not set a key: perhaps it; look at its log");
        return;
    }
    lines_add(
        lines, client->first_key.len > 0 ? " is connected and does not wait"
                                         : " is connected and has not set a key");
    if (client->pid > 0)
        lines_add(lines, " (pid %" PRId32 ")", client->pid);
    lines_add(lines, ": perhaps it; silent for ");
    lines_add_time(lines, client->silent_ms);
}

/* "4, others 5": the sizes of a BARRIER, or "9 or more, others 8". */
static void write_sizes(
    struct lines *lines, const struct finding *finding, const struct culprit *culprit)
{
    const struct stage *stage = finding->stage;
    int64_t own = culprit->client->barrier_size;

    if (stage->most_size > 0)
        lines_add(
            lines, "%" PRId64 ", others %" PRId64, own,
            own == stage->most_size ? stage->least_size : stage->most_size);
    else
        lines_add(
            lines, "%" PRIu32 " or more, others %" PRIu32, culprit->first + 1,
            finding->culprits.world);
}

static void write_expects(
    struct lines *lines, const struct finding *finding, const struct culprit *culprit)
{
    struct family_match own;

    families_match(culprit->client->first_key, &own);
    if (own.family->setter == SETTER_NUMBERED)
        lines_add(lines, "%s %" PRIu32, own.family->member, own.number);
    else
        lines_add(lines, "a client");
    lines_add(lines, " expects ");
    write_sizes(lines, finding, culprit);
    write_peer(lines, culprit->client);
    lines_add(lines, ": look for a wrong WORLD_SIZE");
}

static void write_more(
    struct lines *lines, const struct stage *stage, const struct culprit *culprit)
{
    uint64_t count = (uint64_t)culprit->last - culprit->first + 1;

    lines_add_count(lines, count, stage->match.family->member);
    lines_add(
        lines, "%s not %s: was torchrun started on all nodes, with the same --rdzv-id?",
        count == 1 ? " has" : " have", stage->match.family->deed);
}

void wording_culprit(
    struct lines *lines, const struct finding *finding, const struct culprit *culprit)
{
    const struct stage *stage = finding->stage;

    if (!culprit->is_sure)
        lines_add(lines, "perhaps ");
    switch (culprit->kind) {
    case CULPRIT_LEFT:
        write_left(lines, stage, culprit);
        break;
    case CULPRIT_SILENT:
        write_silent(lines, stage, culprit);
        break;
    case CULPRIT_ELSEWHERE:
        write_elsewhere(lines, stage, culprit);
        break;
    case CULPRIT_TWICE:
        write_twice(lines, stage, culprit);
        break;
    case CULPRIT_UNKNOWN:
        write_unknown(lines, stage, culprit);
        break;
    case CULPRIT_HOST_SHORT:
        write_host_short(lines, finding, culprit);
        break;
    case CULPRIT_HOST_NEVER:
        write_host_never(lines, stage, culprit);
        break;
    case CULPRIT_BEFORE_KEY:
        write_before_key(lines, culprit);
        break;
    case CULPRIT_MORE:
        write_more(lines, stage, culprit);
        break;
    default:
        write_expects(lines, finding, culprit);
    }
}

void wording_reason(struct lines *lines, const struct finding *finding)
{
    const struct culprit *each = finding->culprits.first;

    if (each == NULL)
        return;
    wording_culprit(lines, finding, each);
    while (each != NULL && each->kind != CULPRIT_BEFORE_KEY)
        each = each->next;
    if (each == NULL || each == finding->culprits.first)
        return;
    lines_add(lines, "; ");
    wording_culprit(lines, finding, each);
}

void wording_stage(struct lines *lines, const struct stage *stage)
{
    const struct family_match *match = &stage->match;

    lines_add(lines, "%s", match->family->stage);
    if (match->is_default_group)
        lines_add(lines, ", default group");
    if (match->group.len > 0) {
        lines_add(lines, match->is_subgroup ? ", group " : ", ");
        lines_add_quoted(lines, match->group);
    }
}

void wording_name(struct lines *lines, const struct stage *stage)
{
    if (stage->match.job.len > 0) {
        lines_add_quoted(lines, stage->match.job);
        lines_add(lines, ": ");
    }
    wording_stage(lines, stage);
}

void wording_progress(struct lines *lines, const struct finding *finding)
{
    const struct family *family = finding->stage->match.family;
    const struct culprits *culprits = &finding->culprits;

    if (culprits->world == 0)
        return;
    lines_add(lines, "%" PRIu32 " of ", culprits->come);
    lines_add_count(lines, culprits->world, family->member);
    lines_add(
        lines, "%s %s %s", culprits->is_known ? "" : " or more",
        culprits->come == 1 ? "has" : "have", family->deed);
}
