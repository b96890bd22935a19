#include "why/report.h"

#include <inttypes.h>

#include "why/wording.h"

int report_init(
    struct report *report, struct memory *memory, const struct hash_key *hash_key,
    const struct facts *facts)
{
    *report = (struct report){.memory = memory, .facts = facts};
    if (identities_init(&report->identities, memory, facts))
        return TCPSTORE_ENOMEM;
    return stages_init(&report->stages, memory, hash_key, facts, &report->identities);
}

static size_t findings_size(const struct report *report)
{
    return (report->stages.count + 1) * sizeof(*report->findings);
}

static void forget_findings(struct report *report)
{
    hosts_done(&report->hosts);
    for (size_t i = 0; i < report->finding_count; i++)
        finding_done(&report->findings[i]);
    if (report->findings != NULL)
        memory_free(report->memory, report->findings, findings_size(report));
    report->hosts = (struct hosts){.first = NULL};
    report->findings = NULL;
    report->finding_count = 0;
}

void report_done(struct report *report)
{
    forget_findings(report);
    if (report->identities.of != NULL)
        stages_done(&report->stages);
    identities_done(&report->identities);
}

const struct stage *report_longest(const struct report *report)
{
    const struct stage *stage = report->stages.first;

    while (stage != NULL && (stage_is_watched(stage) || stage->waiters == 0))
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

static void count_clients(struct report *report)
{
    const struct stage *longest = report_longest(report);

    report->connected = 0;
    report->waiting = 0;
    for (size_t i = 0; i < report->facts->client_count; i++)
        report->connected += !report->facts->clients[i].has_left;
    for (const struct stage *stage = longest; stage != NULL; stage = stage->next)
        if (!stage_is_watched(stage))
            report->waiting += stage->waiters;
    report->longest_ms = longest == NULL ? 0 : longest->longest_ms;
}

static void add_findings(struct report *report, bool are_watched)
{
    for (const struct stage *stage = report->stages.first; stage != NULL; stage = stage->next)
        if (stage->waiters > 0 && stage_is_watched(stage) == are_watched)
            report->findings[report->finding_count++] = (struct finding){.stage = stage};
}

static int examine(struct report *report, struct finding *finding)
{
    return finding_init(
        finding, report->memory, &report->stages.table.hash_key, finding->stage, report->facts,
        &report->identities);
}

/* Ranks that have never come are the news if no client waits for them. TCPSTORE_ENOMEM. */
static int add_roll(struct report *report)
{
    const struct stage *roll = report->identities.roll;
    struct finding *finding = &report->findings[report->finding_count];
    int code;

    if (roll == NULL || report->waiting > 0 || roll->present.bound == 0)
        return 0;
    *finding = (struct finding){.stage = roll};
    code = examine(report, finding);
    if (code == 0 && finding->culprits.is_known && finding->culprits.missing.count > 0)
        report->finding_count++;
    else
        finding_done(finding);
    return code;
}

/* TCPSTORE_ENOMEM. */
static int set_reason(struct report *report)
{
    struct outbox outbox;
    struct lines lines = {.outbox = &outbox};
    struct span words;
    size_t len = 0;

    outbox_init(&outbox, report->memory, REPORT_REASON_MAX, SIZE_MAX);
    wording_reason(&lines, &report->findings[0]);
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

static int add_to_hosts(struct report *report)
{
    int code = 0;

    for (size_t i = 0; code == 0 && i < report->finding_count; i++) {
        const struct finding *finding = &report->findings[i];

        if (!stage_is_watched(finding->stage) && finding->stage->longest_ms >= report->hang_ms)
            code = hosts_blame(&report->hosts, &finding->culprits);
    }
    return code;
}

int report_find(struct report *report)
{
    int code = 0;

    forget_findings(report);
    stages_settle(&report->stages);
    report->findings = memory_alloc(report->memory, findings_size(report));
    if (report->findings == NULL)
        return TCPSTORE_ENOMEM;
    add_findings(report, false);
    add_findings(report, true);
    count_clients(report);
    for (size_t i = 0; code == 0 && i < report->finding_count && i < REPORT_EXAMINED_MAX; i++)
        code = examine(report, &report->findings[i]);
    if (code == 0)
        code = add_roll(report);
    if (code == 0 && report->waiting > 0)
        code = set_reason(report);
    if (code == 0)
        code = hosts_init(
            &report->hosts, report->memory, &report->stages.table.hash_key, report->facts,
            &report->identities);
    return code ? code : add_to_hosts(report);
}

void report_write_summary(struct lines *lines, const struct report *report)
{
    lines_add_count(lines, report->connected, "client");
    lines_add(lines, report->connected == 1 ? " is connected" : " are connected");
    if (report->waiting == 0) {
        lines_add(lines, "; none waits");
        return;
    }
    lines_add(
        lines, report->waiting == 1 ? "; %zu waits, for " : "; %zu wait, the longest for ",
        report->waiting);
    lines_add_time(lines, report->longest_ms);
}

static void write_culprits(
    const struct report *report, struct lines *lines, const struct finding *finding)
{
    uint64_t counts[CULPRIT_KINDS] = {0};
    uint64_t omitted = 0;

    for (const struct culprit *each = finding->culprits.first; each != NULL;
         each = each->next) {
        if (!report->all && counts[each->kind]++ >= REPORT_OF_A_KIND) {
            omitted++;
            continue;
        }
        lines_add(lines, "  → ");
        wording_culprit(lines, finding, each);
        lines_add(lines, "\n");
    }
    if (omitted > 0)
        lines_add(lines, "  … and %" PRIu64 " more: --all shows them\n", omitted);
}

/* One is named with its culprit. */
static void write_missing(struct lines *lines, const struct numbers *missing)
{
    char text[LINES_PART];
    size_t len;

    if (missing->count < 2)
        return;
    len = numbers_format(missing, text, sizeof(text));
    lines_add(lines, "  missing: ");
    lines_add(lines, "%.*s\n", (int)len, text);
}

static void write_awaited(struct lines *lines, const struct stage *stage)
{
    lines_add(lines, "  ");
    lines_add_count(lines, stage->waiters, "client");
    lines_add(lines, stage->waiters == 1 ? " waits for " : " wait for ");
    lines_add_quoted(lines, stage->key);
    lines_add(lines, ", for ");
    lines_add_time(lines, stage->longest_ms);
    lines_add(lines, "\n");
}

static bool has_joined(const struct report *report, size_t i, const struct stage *stage)
{
    const struct facts_client *client = &report->facts->clients[i];
    struct span before = stage->match.before;

    return report->identities.of[i].is_agent && !client->has_left &&
           client->first_key.len > before.len &&
           memcmp(client->first_key.bytes, before.bytes, before.len) == 0;
}

static void write_joined(
    const struct report *report, struct lines *lines, const struct stage *stage)
{
    size_t max = report->all ? SIZE_MAX : REPORT_OF_A_KIND;
    size_t shown = 0;

    lines_add(lines, "  joined: ");
    for (size_t i = 0; i < report->facts->client_count && shown <= max; i++) {
        const struct facts_client *client = &report->facts->clients[i];

        if (!has_joined(report, i, stage))
            continue;
        lines_add(lines, "%s", shown == 0 ? "" : ", ");
        if (shown++ < max)
            lines_add_quoted(lines, client->peer);
        else
            lines_add(lines, "…");
    }
    lines_add(lines, "; no change for ");
    lines_add_time(lines, stage->longest_ms);
    lines_add(lines, "\n");
}

/* Those of stages that are not examined are not looked for: there may be many. */
static void write_waiters(
    const struct report *report, struct lines *lines, const struct finding *finding)
{
    const struct stage *stage = finding->stage;

    if (stage->come > 0 && finding->culprits.world > 0)
        write_joined(report, lines, stage);
    else if (stage->waiters > 0)
        write_awaited(lines, stage);
}

static void write_finding(
    const struct report *report, struct lines *lines, const struct finding *finding)
{
    const struct stage *stage = finding->stage;

    lines_add(lines, "\n");
    wording_name(lines, stage);
    if (finding->culprits.world > 0)
        lines_add(lines, "; ");
    wording_progress(lines, finding);
    lines_add(lines, "\n");
    write_waiters(report, lines, finding);
    write_missing(lines, &finding->culprits.missing);
    write_culprits(report, lines, finding);
    if (stage->match.family->next != NULL)
        lines_add(lines, "  next: %s\n", stage->match.family->next);
}

static void write_watched(struct lines *lines, uint64_t clients)
{
    lines_add(lines, "\n");
    lines_add_count(lines, clients, "client");
    lines_add(
        lines, clients == 1 ? " waits for an event that may never happen: normal\n"
                            : " wait for events that may never happen: normal\n");
}

int report_write(struct report *report, struct outbox *outbox)
{
    struct lines lines = {.outbox = outbox};
    uint64_t watched = 0;
    uint64_t shown = 0;
    uint64_t omitted = 0;

    report_write_summary(&lines, report);
    lines_add(&lines, "\n");
    for (size_t i = 0; i < report->finding_count; i++) {
        const struct finding *finding = &report->findings[i];

        if (stage_is_watched(finding->stage))
            watched += finding->stage->waiters;
        else if (!report->all && shown == REPORT_SHOWN_MAX)
            omitted++;
        else
            write_finding(report, &lines, finding);
        shown += shown < REPORT_SHOWN_MAX;
    }
    if (omitted > 0) {
        lines_add(&lines, "\n… and ");
        lines_add_count(&lines, omitted, "more stage");
        lines_add(&lines, ": --all shows them\n");
    }
    if (watched > 0)
        write_watched(&lines, watched);
    return lines.code;
}
