#include "observe/answers.h"
#include "observe/json.h"

enum { HANG_PRESET_MS = 30000, HANG_SECONDS_MAX = 1000000, TEXT_FILL = 4 << 10, TEXT_MAX = 64 << 20 };

bool begin_why(struct inquiry *inquiry)
{
    uint64_t preset = inquiry->sources->limits->slow_wait_ms;
    uint64_t all, seconds;

    if (preset == 0)
        preset = HANG_PRESET_MS;
    if (!inquiry_number(inquiry, "world", 1, UINT32_MAX, 0, &inquiry->world) ||
        !inquiry_number(inquiry, "all", 0, 1, 0, &all) ||
        !inquiry_number(inquiry, "hang", 0, HANG_SECONDS_MAX, preset / 1000, &seconds))
        return false;
    inquiry->all = all == 1;
    inquiry->hang_ms =
        http_argument(inquiry->request, "hang") == NULL ? preset : seconds * 1000;
    return true;
}

static void set_arguments(const struct inquiry *inquiry, struct report *report)
{
    report->hang_ms = (int64_t)inquiry->hang_ms;
    report->all = inquiry->all;
}

void work_out_why_text(struct inquiry *inquiry, struct report *report)
{
    struct outbox text;

    set_arguments(inquiry, report);
    outbox_init(&text, report->memory, TEXT_FILL, TEXT_MAX);
    if (report_write(report, &text))
        inquiry_answer(inquiry, NULL, NULL, 0);
    else
        inquiry_answer_text(inquiry, &text);
    outbox_done(&text);
}

void work_out_why(struct inquiry *inquiry, struct report *report)
{
    json_t *object = json_object();

    set_arguments(inquiry, report);
    inquiry_answer_json(inquiry, object);
}
