#include <stdlib.h>

#include "observe/answers.h"
#include "observe/flatten.h"
#include "observe/json.h"
#include "observe/observer.h"
#include "why/wording.h"

enum {
    HANG_PRESET_MS = 30000,
    HANG_SECONDS_MAX = 1000000,
    STAGES_MAX = 1000,       /* in JSON, which takes memory outside of the census's account */
    CULPRITS_MAX = 100,      /* of a stage, without `all` */
    ALL_CULPRITS_MAX = 5000, /* of all stages: each takes some 2 KiB */
    HOSTS_MAX = 10000,       /* in a page */
    TEXT_FILL = 4 << 10,
    TEXT_MAX = HTTP_ANSWERS_MAX,
    PART_FILL = 512,
    PART_MAX = 1 << 20, /* the ranges of a host's ranks */
};

/* Jobs with stores of their own hang there, while `why` is often asked about the first store.
 */
static void collect_others(struct inquiry *inquiry)
{
    const struct watch *watch = NULL;

    while ((watch = observer_next(inquiry->observer, watch)) != NULL) {
        const struct sources *sources = &watch->sources;
        const struct waits_found *waits = &sources->slow_waits->latest;

        if (sources != inquiry->sources && waits->clients > 0)
            other_stores_add(
                &inquiry->others, sources->name, waits->clients, waits_found_oldest_ms(waits));
    }
}

/* Reads the arguments that /v1/hosts has, too. */
static bool read_arguments(struct inquiry *inquiry)
{
    uint64_t preset = inquiry->sources->limits->slow_wait_ms;
    uint64_t all, seconds;

    if (!inquiry_number(inquiry, "world", 1, FACTS_WORLD_MAX, 0, &inquiry->world) ||
        !inquiry_number(inquiry, "all", 0, 1, 0, &all) ||
        !inquiry_number(inquiry, "hang", 0, HANG_SECONDS_MAX, UINT64_MAX, &seconds))
        return false;
    inquiry->all = all == 1;
    if (seconds != UINT64_MAX)
        inquiry->hang_ms = seconds * 1000;
    else
        inquiry->hang_ms = preset > 0 ? preset : HANG_PRESET_MS;
    return true;
}

bool begin_why(struct inquiry *inquiry)
{
    if (!read_arguments(inquiry))
        return false;
    inquiry->is_draining = inquiry->observer->is_draining;
    if (inquiry->sources->number == 0)
        collect_others(inquiry);
    return true;
}

static int find(const struct inquiry *inquiry, struct report *report)
{
    inquiry->sources->facts->world = (uint32_t)inquiry->world;
    report->hang_ms = (int64_t)inquiry->hang_ms;
    report->all = inquiry->all;
    return report_find(report);
}

/* Of the store, or of the others, if theirs is worse. */
static enum verdict verdict_of(const struct inquiry *inquiry, const struct report *report)
{
    enum verdict own = report_verdict(report);

    if (inquiry->others.count == 0 || own == VERDICT_HANGS)
        return own;
    return other_stores_longest_ms(&inquiry->others) >= (int64_t)inquiry->hang_ms
               ? VERDICT_HANGS
               : VERDICT_WAITING;
}

static const char *verdict_name(const struct inquiry *inquiry, const struct report *report)
{
    static const char *const verdicts[] = {
        [VERDICT_IDLE] = "idle",
        [VERDICT_WAITING] = "waiting",
        [VERDICT_HANGS] = "hangs",
    };

    return verdicts[verdict_of(inquiry, report)];
}

/* For tcpstore-cli, which exits with a status for it. */
static void set_verdict(struct inquiry *inquiry, const struct report *report)
{
    inquiry->answer.header = "Tcpstore-Verdict";
    inquiry->answer.header_value = verdict_name(inquiry, report);
}

static int write_text(const struct inquiry *inquiry, struct report *report, struct outbox *text)
{
    struct lines lines = {.outbox = text, .code = report_write(report, text)};

    other_stores_write(&inquiry->others, &lines);
    if (inquiry->is_draining)
        lines_add(
            &lines, "\nThe server is draining: it accepts no new clients, and exits when the "
                    "last has left.\n");
    return lines.code;
}

void work_out_why_text(struct inquiry *inquiry, struct report *report)
{
    int code = find(inquiry, report);
    struct outbox text;

    outbox_init(&text, report->memory, TEXT_FILL, TEXT_MAX);
    if (code == 0)
        code = write_text(inquiry, report, &text);
    if (code) {
        inquiry_answer(inquiry, NULL, NULL, 0);
    } else {
        inquiry_answer_text(inquiry, &text);
        set_verdict(inquiry, report);
    }
    outbox_done(&text);
}

/* What is written to an outbox, as a JSON string. */
struct part {
    struct outbox outbox;
    struct lines lines;
};

static struct lines *part_begin(struct part *part, struct memory *memory)
{
    outbox_init(&part->outbox, memory, PART_FILL, PART_MAX);
    part->lines = (struct lines){.outbox = &part->outbox};
    return &part->lines;
}

/* NULL: memory is refused. */
static json_t *part_end(struct part *part)
{
    size_t len = part->outbox.bytes;
    char *bytes = flatten(&part->outbox);
    json_t *text = part->lines.code || bytes == NULL ? NULL : json_stringn(bytes, len);

    free(bytes);
    outbox_done(&part->outbox);
    return text;
}

static json_t *ms_or_null(const struct culprit *culprit)
{
    if (culprit->client == NULL)
        return json_null();
    return json_seconds(
        culprit->client->has_left ? culprit->client->left_ms : culprit->client->silent_ms);
}

static json_t *culprit_item(
    struct memory *memory, const struct finding *finding, const struct culprit *culprit)
{
    static const char *const kinds[CULPRIT_KINDS] = {
        [CULPRIT_LEFT] = "left",
        [CULPRIT_SILENT] = "silent",
        [CULPRIT_ELSEWHERE] = "elsewhere",
        [CULPRIT_TWICE] = "twice",
        [CULPRIT_UNKNOWN] = "unknown",
        [CULPRIT_HOST_SHORT] = "host-short",
        [CULPRIT_HOST_NEVER] = "host-never",
        [CULPRIT_BEFORE_KEY] = "before-key",
        [CULPRIT_EXPECTS] = "expects",
        [CULPRIT_MORE] = "more",
    };
    const struct facts_client *client = culprit->client;
    json_t *item = json_object();
    struct part part;

    json_set_text(item, "kind", kinds[culprit->kind]);
    json_set_number(item, "first", culprit->first);
    json_set_number(item, "last", culprit->last);
    json_set(item, "host", client == NULL ? json_null() : json_bytes(facts_host(client)));
    json_set(item, "peer", client == NULL ? json_null() : json_bytes(client->peer));
    if (culprit->kind == CULPRIT_TWICE)
        json_set(item, "other_peer", json_bytes(culprit->other->peer));
    json_set(item, "pid", json_number_or_null(client == NULL ? 0 : client->pid, 1));
    json_set(item, "seconds", ms_or_null(culprit));
    json_set_flag(item, "sure", culprit->is_sure);
    wording_culprit(part_begin(&part, memory), finding, culprit);
    json_set(item, "text", part_end(&part));
    return item;
}

/* Sets the first culprits, at most `*left`, and how many there are besides. */
static void set_culprits(
    json_t *item, const struct inquiry *inquiry, struct memory *memory,
    const struct finding *finding, size_t *left)
{
    size_t max = inquiry->all || *left < CULPRITS_MAX ? *left : CULPRITS_MAX;
    json_t *items = json_array();
    const struct culprit *each;
    size_t count = 0;

    for (each = finding->culprits.first; each != NULL; each = each->next) {
        if (count++ < max)
            json_append(items, culprit_item(memory, finding, each));
    }
    *left -= count < max ? count : max;
    json_set(item, "culprits", items);
    json_set_number(item, "culprits_omitted", count > max ? count - max : 0);
}

static json_t *missing_text(const struct numbers *missing)
{
    char text[4096];
    size_t len = numbers_format(missing, text, sizeof(text));

    return json_stringn(text, len);
}

static json_t *finding_item(
    const struct inquiry *inquiry, struct memory *memory, const struct finding *finding,
    size_t *culprits_left)
{
    const struct stage *stage = finding->stage;
    const struct culprits *culprits = &finding->culprits;
    json_t *item = json_object();
    struct part part;

    wording_name(part_begin(&part, memory), stage);
    json_set(item, "name", part_end(&part));
    json_set(item, "job", json_bytes(stage->match.job));
    wording_stage(part_begin(&part, memory), stage);
    json_set(item, "stage", part_end(&part));
    json_set(item, "group", json_bytes(stage->match.group));
    json_set(item, "key", json_bytes(stage->key));
    json_set_number(item, "waiting", stage->waiters);
    json_set(item, "longest_seconds", json_seconds(stage->longest_ms));
    json_set_flag(item, "watched", stage_is_watched(stage));
    json_set_text(item, "member", stage->match.family->member);
    json_set_text(item, "deed", stage->match.family->deed);
    json_set_number(item, "world", culprits->world);
    json_set_flag(item, "world_known", culprits->is_known);
    json_set_number(item, "come", culprits->come);
    json_set(item, "missing", missing_text(&culprits->missing));
    wording_progress(part_begin(&part, memory), finding);
    json_set(item, "text", part_end(&part));
    json_set(
        item, "next",
        stage->match.family->next == NULL ? json_null()
                                          : json_string(stage->match.family->next));
    set_culprits(item, inquiry, memory, finding, culprits_left);
    return item;
}

static void set_other_stores(json_t *object, const struct other_stores *others)
{
    json_t *items = json_array();

    for (size_t i = 0; i < others->kept; i++) {
        json_t *item = json_object();

        json_set_text(item, "name", others->list[i].name);
        json_set_number(item, "waiting", others->list[i].waiting);
        json_set(item, "longest_seconds", json_seconds(others->list[i].longest_ms));
        json_append(items, item);
    }
    json_set(object, "other_stores", items);
    json_set_number(object, "other_stores_omitted", others->count - others->kept);
}

/* In one line, as tcpstore-cli top shows it. */
static void write_summary(
    const struct inquiry *inquiry, const struct report *report, struct lines *lines)
{
    size_t others = inquiry->others.count;

    report_write_summary(lines, report);
    if (inquiry->is_draining)
        lines_add(lines, "; the server is draining");
    if (others == 0)
        return;
    lines_add(lines, "; clients wait in ");
    lines_add_count(lines, others, "other store");
    lines_add(lines, ", the longest for ");
    lines_add_time(lines, other_stores_longest_ms(&inquiry->others));
}

static json_t *why_object(const struct inquiry *inquiry, const struct report *report)
{
    json_t *object = json_object();
    json_t *stages = json_array();
    size_t count = report->finding_count < STAGES_MAX ? report->finding_count : STAGES_MAX;
    size_t culprits_left = ALL_CULPRITS_MAX;
    struct part part;

    json_set_text(object, "verdict", verdict_name(inquiry, report));
    json_set_flag(object, "draining", inquiry->is_draining);
    write_summary(inquiry, report, part_begin(&part, report->memory));
    json_set(object, "summary", part_end(&part));
    json_set_text(object, "reason", report->reason);
    json_set_number(object, "connected", report->connected);
    json_set_number(object, "waiting", report->waiting);
    json_set(object, "longest_seconds", json_seconds(report->longest_ms));
    json_set(object, "hang_seconds", json_seconds(report->hang_ms));
    for (size_t i = 0; i < count; i++)
        json_append(
            stages,
            finding_item(inquiry, report->memory, &report->findings[i], &culprits_left));
    json_set(object, "stages", stages);
    json_set_number(object, "stages_omitted", report->finding_count - count);
    set_other_stores(object, &inquiry->others);
    return object;
}

void work_out_why(struct inquiry *inquiry, struct report *report)
{
    if (find(inquiry, report)) {
        inquiry_answer(inquiry, NULL, NULL, 0);
        return;
    }
    inquiry_answer_json(inquiry, why_object(inquiry, report));
    set_verdict(inquiry, report);
}

bool begin_hosts(struct inquiry *inquiry)
{
    return read_arguments(inquiry) && inquiry_read_page(inquiry, HOSTS_MAX);
}

static json_t *ranges_text(struct memory *memory, const struct host_range *first)
{
    struct part part;

    host_write_ranges(part_begin(&part, memory), first);
    return part_end(&part);
}

static json_t *host_item(struct memory *memory, const struct host *host)
{
    static const char *const states[] = {
        [HOST_RUNNING] = "running",
        [HOST_WAITING] = "waiting",
        [HOST_SILENT] = "silent",
        [HOST_MISSING] = "missing",
    };
    json_t *item = json_object();

    json_set(item, "host", json_bytes(host_name(host)));
    json_set_text(item, "state", states[host_state(host)]);
    json_set_number(item, "clients", host->clients);
    json_set_number(item, "running", host->running);
    json_set_number(item, "waiting", host->waiting);
    json_set_number(item, "silent", host->silent);
    json_set_number(item, "left", host->left);
    json_set(item, "longest_seconds", json_seconds(host->longest_ms));
    json_set(item, "ranks", ranges_text(memory, host->ranks));
    json_set(item, "missing", ranges_text(memory, host->missing));
    return item;
}

/* A host's number is its place in the order of the job. */
void work_out_hosts(struct inquiry *inquiry, struct report *report)
{
    uint64_t number = 0;
    json_t *items;

    if (find(inquiry, report)) {
        inquiry_answer(inquiry, NULL, NULL, 0);
        return;
    }
    items = json_array();
    for (const struct host *host = report->hosts.first; host != NULL; host = host->next) {
        if (page_has(&inquiry->page, ++number))
            json_append(items, host_item(report->memory, host));
    }
    inquiry_answer_page(inquiry, "hosts", items, page_next(&inquiry->page, number), number);
}
