/*
 * Asks each second of recorded jobs why they hang, in the time of the recording: healthy ones
 * never do.
 *
 * usage: healthy SECONDS TRACE…
 *
 * Fails if a job is said to hang, or if all traces together are shorter than SECONDS.
 */
#include <stdlib.h>

#include "base/decimal.h"
#include "engine/view.h"
#include "hangs/replay.h"
#include "support/outbox_reader.h"
#include "support/test.h"
#include "why/report.h"

enum { SECOND = 1000, HANG_MS = 30 * SECOND };

struct tally {
    int64_t seconds;
    int64_t waiting; /* of them */
    int64_t longest_ms;
};

static const struct hash_key hash_key = {{1, 2, 3}};

static struct replay replay;

static void answer(const struct engine *engine, struct stage *stage)
{
    uint8_t key[FACTS_KEY_MAX + DECIMAL_MAX];
    size_t len;

    if (stage->match.family->setter == SETTER_LAST_MEMBER) {
        len = families_counter(stage->match.family, stage->key, key);
        if (decimal_parse(view_value(engine, span_of(key, len)), &stage->counted))
            stage->counted = -1;
    }
    for (uint32_t number = 0; number < stage->present.bound; number++) {
        len = stage_key(stage, number, key);
        if (view_has(engine, span_of(key, len)))
            numbers_add(&stage->present, number);
    }
}

static void print_report(struct report *report)
{
    struct buffer text = {0};
    struct outbox outbox;

    outbox_init(&outbox, &replay.memory, 4096, 1 << 20);
    assert_int_equal(report_write(report, &outbox), 0);
    outbox_read(&outbox, &text);
    print_message("%.*s", (int)text.len, (const char *)text.bytes);
    buffer_free(&text);
    outbox_done(&outbox);
}

static void ask_why(const char *path, int64_t now, struct tally *tally)
{
    struct facts facts = replay_facts(&replay, now);
    struct report report;

    assert_int_equal(report_init(&report, &replay.memory, &hash_key, &facts), 0);
    report.hang_ms = HANG_MS;
    for (struct stage *stage = report.stages.first; stage != NULL; stage = stage->next)
        answer(&replay.engine, stage);
    assert_int_equal(report_find(&report), 0);
    tally->seconds++;
    tally->waiting += report_verdict(&report) == VERDICT_WAITING;
    if (report.longest_ms > tally->longest_ms)
        tally->longest_ms = report.longest_ms;
    if (report_verdict(&report) == VERDICT_HANGS) {
        print_report(&report);
        fail_msg("%s: hangs %lld s after its start", path, (long long)now / SECOND);
    }
    report_done(&report);
}

/* Asks before each event, for every second that has passed since the one before it. */
static void play(const char *path, FILE *trace, struct tally *tally)
{
    int64_t next = SECOND;
    bool has_more;

    replay_init(&replay);
    do {
        int64_t now;
        long at = ftell(trace);

        if (fscanf(trace, "%lld", (long long *)&now) != 1)
            break;
        assert_int_equal(fseek(trace, at, SEEK_SET), 0);
        for (; next <= now; next += SECOND)
            ask_why(path, next, tally);
        has_more = replay_next(&replay, trace);
    } while (has_more);
    replay_done(&replay);
}

int main(int argc, char **argv)
{
    struct tally all = {0};

    for (int i = 2; i < argc; i++) {
        struct tally tally = {0};
        FILE *trace = fopen(argv[i], "r");

        assert_non_null(trace);
        play(argv[i], trace, &tally);
        fclose(trace);
        print_message(
            "%s: %lld s, of which clients wait in %lld, at most for %.1f s\n", argv[i],
            (long long)tally.seconds, (long long)tally.waiting,
            (double)tally.longest_ms / SECOND);
        all.seconds += tally.seconds;
    }
    print_message("%lld s of healthy jobs\n", (long long)all.seconds);
    return all.seconds >= strtoll(argv[1], NULL, 10) ? 0 : 1;
}
