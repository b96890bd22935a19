#include "why/report.h"

#include <inttypes.h>

#include "why/culprits.h"
#include "why/hosts.h"

enum { LINES_OF_A_KIND = 8 };

int report_init(
    struct report *report, struct memory *memory, const struct hash_key *hash_key,
    const struct facts *facts)
{
    *report = (struct report){.memory = memory, .facts = facts};
    return stages_init(&report->stages, memory, hash_key, facts);
}

void report_done(struct report *report)
{
    stages_done(&report->stages);
}

static bool is_watched(const struct stage *stage)
{
    return stage->most_size == 0 && stage->match.family->setter == SETTER_EVENT;
}

const struct stage *report_longest(const struct report *report)
{
    const struct stage *stage = report->stages.first;

    while (stage != NULL && is_watched(stage))
        stage = stage->next;
    return stage;
}

enum verdict report_verdict(const struct report *report)
{
    const struct stage *longest = report_longest(report);

    if (longest == NULL)
        return VERDICT_IDLE;
    return longest->longest_ms >= report->hang_ms ? VERDICT_HANGS : VERDICT_WAITING;
}

static void write_summary(const struct report *report, struct lines *lines)
{
    uint64_t connected = 0;
    uint64_t waiting = 0;
    int64_t longest = 0;

    for (size_t i = 0; i < report->facts->client_count; i++) {
        const struct facts_client *client = &report->facts->clients[i];

        connected += !client->has_left;
        waiting += client->awaited_count > 0;
        if (client->awaited_count > 0 && client->waiting_ms > longest)
            longest = client->waiting_ms;
    }
    lines_add_count(lines, connected, "client");
    lines_add(lines, connected == 1 ? " is connected" : " are connected");
    if (waiting == 0) {
        lines_add(lines, "; none waits\n");
        return;
    }
    lines_add(
        lines,
        waiting == 1 ? "; %" PRIu64 " waits, for " : "; %" PRIu64 " wait, the longest for ",
        waiting);
    lines_add_time(lines, longest);
    lines_add(lines, "\n");
}

static void write_members(
    struct lines *lines, const struct stage *stage, const struct culprit *culprit)
{
    lines_add(
        lines, "%s%s %" PRIu32, stage->match.family->member,
        culprit->first == culprit->last ? "" : "s", culprit->first);
    if (culprit->last > culprit->first)
        lines_add(lines, "-%" PRIu32, culprit->last);
}

static void write_peer(struct lines *lines, const struct facts_client *client)
{
    lines_add(lines, " (");
    lines_add_quoted(lines, client->peer);
    if (client->pid > 0)
        lines_add(lines, ", pid %" PRId32, client->pid);
    lines_add(lines, ")");
}

static void write_left(
    struct lines *lines, const struct stage *stage, const struct culprit *culprit)
{
    write_members(lines, stage, culprit);
    lines_add(lines, " left ");
    lines_add_time(lines, culprit->client->left_ms);
    lines_add(lines, " ago and has not %s", stage->match.family->deed);
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
    write_members(lines, stage, culprit);
    lines_add(lines, " waits for something else: ");
    lines_add_quoted(lines, culprit->client->awaited);
    write_peer(lines, culprit->client);
}

static void write_unknown(
    struct lines *lines, const struct stage *stage, const struct culprit *culprit)
{
    write_members(lines, stage, culprit);
    lines_add(lines, culprit->first == culprit->last ? " has" : " have");
    lines_add(
        lines, " not %s, and no client is known to be %s", stage->match.family->deed,
        culprit->first == culprit->last ? "it: was it started?"
                                        : "one of them: were they started?");
}

static void write_host_short(
    struct lines *lines, const struct stage *stage, const struct culprits *culprits,
    const struct culprit *culprit)
{
    lines_add(lines, "host ");
    lines_add_quoted(lines, hosts_name(culprit->client));
    lines_add(lines, " lacks ");
    write_members(lines, stage, culprit);
    lines_add(
        lines, ", where others have %" PRIu32 " %ss each: was it started, or has it failed?",
        culprits->usual, stage->match.family->member);
}

static void write_host_never(
    struct lines *lines, const struct stage *stage, const struct culprit *culprit)
{
    write_members(lines, stage, culprit);
    lines_add(lines, " have not connected: the host that has them is missing");
}

static void write_before_key(struct lines *lines, const struct culprit *culprit)
{
    lines_add_quoted(lines, culprit->client->peer);
    lines_add(lines, " has connected and has not written a key");
    if (culprit->client->pid > 0)
        lines_add(lines, " (pid %" PRId32 ")", culprit->client->pid);
    lines_add(lines, ": perhaps one of them; silent for ");
    lines_add_time(lines, culprit->client->silent_ms);
}
static void write_expects(
    struct lines *lines, const struct stage *stage, const struct culprits *culprits,
    const struct culprit *culprit)
{
    struct family_match own;

    families_match(culprit->client->first_key, &own);
    if (own.family->setter == SETTER_NUMBERED)
        lines_add(lines, "%s %" PRIu32, own.family->member, own.number);
    else
        lines_add(lines, "a client");
    if (stage->most_size > 0)
        lines_add(lines, " expects %" PRId64, stage->most_size);
    else
        lines_add(lines, " expects %" PRIu32 " or more", culprit->first + 1);
    lines_add(
        lines, ", others %" PRId64, stage->most_size > 0 ? stage->least_size : culprits->world);
    write_peer(lines, culprit->client);
    lines_add(lines, ": look for a wrong WORLD_SIZE");
}

static void write_culprit(
    struct lines *lines, const struct stage *stage, const struct culprits *culprits,
    const struct culprit *culprit)
{
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
    case CULPRIT_UNKNOWN:
        write_unknown(lines, stage, culprit);
        break;
    case CULPRIT_HOST_SHORT:
        write_host_short(lines, stage, culprits, culprit);
        break;
    case CULPRIT_HOST_NEVER:
        write_host_never(lines, stage, culprit);
        break;
    case CULPRIT_BEFORE_KEY:
        write_before_key(lines, culprit);
        break;
    default:
        write_expects(lines, stage, culprits, culprit);
    }
}

static void write_culprits(
    const struct report *report, struct lines *lines, const struct stage *stage,
    const struct culprits *culprits)
{
    uint64_t counts[CULPRIT_EXPECTS + 1] = {0};
    uint64_t omitted = 0;

    for (const struct culprit *each = culprits->first; each != NULL; each = each->next) {
        if (!report->all && counts[each->kind]++ >= LINES_OF_A_KIND) {
            omitted++;
            continue;
        }
        lines_add(lines, "  → ");
        write_culprit(lines, stage, culprits, each);
        lines_add(lines, "\n");
    }
    if (omitted > 0)
        lines_add(lines, "  … and %" PRIu64 " more: --all shows them\n", omitted);
}

static void write_name(struct lines *lines, const struct family_match *match)
{
    if (match->job.len > 0) {
        lines_add_quoted(lines, match->job);
        lines_add(lines, ": ");
    }
    lines_add(lines, "%s", match->family->stage);
    if (match->group.len > 0) {
        lines_add(lines, ", ");
        lines_add_quoted(lines, match->group);
    }
}

static void write_stage(
    const struct report *report, struct lines *lines, const struct stage *stage,
    const struct culprits *culprits)
{
    const struct family *family = stage->match.family;

    lines_add(lines, "\n");
    write_name(lines, &stage->match);
    if (culprits->world > 0)
        lines_add(
            lines, "; %" PRIu32 " of %" PRIu32 " %ss%s have %s", culprits->come,
            culprits->world, family->member, culprits->is_known ? "" : " or more",
            family->deed);
    lines_add(lines, "\n  ");
    lines_add_count(lines, stage->waiters, "client");
    lines_add(lines, stage->waiters == 1 ? " waits for " : " wait for ");
    lines_add_quoted(lines, stage->key);
    lines_add(lines, ", for ");
    lines_add_time(lines, stage->longest_ms);
    lines_add(lines, "\n");
    write_culprits(report, lines, stage, culprits);
}

/* The first culprit, and the first client that may be it. */
static void write_reason(
    struct lines *lines, const struct stage *stage, const struct culprits *culprits)
{
    const struct culprit *each = culprits->first;

    if (each == NULL)
        return;
    write_culprit(lines, stage, culprits, each);
    while (each != NULL && each->kind != CULPRIT_BEFORE_KEY)
        each = each->next;
    if (each == NULL || each == culprits->first)
        return;
    lines_add(lines, "; ");
    write_culprit(lines, stage, culprits, each);
}

/* TCPSTORE_ENOMEM. */
static int set_reason(
    struct report *report, const struct stage *stage, const struct culprits *culprits)
{
    struct outbox outbox;
    struct lines lines = {.outbox = &outbox};
    struct span words;
    size_t len = 0;

    outbox_init(&outbox, report->memory, REPORT_REASON_MAX, SIZE_MAX);
    write_reason(&lines, stage, culprits);
    while (lines.code == 0 && outbox_peek(&outbox, &words, 1) == 1) {
        size_t room = REPORT_REASON_MAX - 1 - len;
        struct span fits = span_of(words.bytes, words.len < room ? words.len : room);

        span_copy((uint8_t *)report->reason + len, fits);
        len += fits.len;
        outbox_consume(&outbox, words.len);
    }
    report->reason[len] = 0;
    outbox_done(&outbox);
    return lines.code;
}

int report_write(struct report *report, struct outbox *outbox)
{
    struct lines lines = {.outbox = outbox};
    size_t watched = 0;

    write_summary(report, &lines);
    for (const struct stage *stage = report->stages.first; stage != NULL; stage = stage->next) {
        struct culprits culprits;
        int code;

        if (is_watched(stage)) {
            watched += stage->waiters;
            continue;
        }
        code = culprits_init(
            &culprits, report->memory, &report->stages.table.hash_key, stage, report->facts);
        if (code == 0 && stage == report_longest(report))
            code = set_reason(report, stage, &culprits);
        if (code == 0)
            write_stage(report, &lines, stage, &culprits);
        culprits_done(&culprits);
        if (code)
            return code;
    }
    if (watched > 0) {
        lines_add(&lines, "\n");
        lines_add_count(&lines, watched, "client");
        lines_add(
            &lines, watched == 1 ? " waits for an event that may never happen: normal\n"
                                 : " wait for events that may never happen: normal\n");
    }
    return lines.code;
}
