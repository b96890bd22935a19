/*
 * Asks each second of recorded jobs why they hang, in the time of the recording: healthy ones
 * never do.
 *
 * usage: healthy SECONDS TRACE…
 *
 * Fails if a job is said to hang, or if all traces together are shorter than SECONDS.
 */
#include <stdlib.h>

#include "hangs/replay.h"
#include "observe/stage_answers.h"
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

static void answer(struct stage *stage)
{
    uint32_t number = 0;

    while (!stage_answer_next(&replay.engine, stage, &number))
        continue;
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
        answer(stage);
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

    replay_init(&replay);
    while (replay_read(&replay, trace)) {
        for (; next <= replay.now; next += SECOND)
            ask_why(path, next, tally);
        replay_play(&replay);
    }
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
