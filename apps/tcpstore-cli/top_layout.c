/*
 * From top to bottom: the verdict with the summary; rates; what the job waits for, and the
 * culprits; the views; the table; the last line, for keys, the filter or trouble.
 */
#include "tcpstore-cli/top_layout.h"

#include <stdio.h>

#include "common/clock.h"
#include "tcpstore-cli/escape.h"
#include "tcpstore-cli/json_read.h"
#include "tcpstore-cli/top_table.h"
#include "tcpstore-cli/units.h"

enum {
    GAP = 2,
    TEXT_SIZE = 512,
    WIDE_GAP = 3,
    RATE_SIZE = 80,
    TALL = 20, /* lines of a screen with room for: */
    CULPRITS_SHOWN = 3,
    LINES_OF_A_CULPRIT = 2,
};

static const double STALE_SECONDS = 3; /* without an answer */

/* Like sheet_put, for a text of the server. */
static size_t put_said(
    struct sheet *sheet, size_t line, size_t column, enum sheet_style style, const char *text)
{
    struct bytes shown = {0};

    escape_append_printed(&shown, text);
    column = sheet_put(sheet, line, column, style, shown.data);
    bytes_done(&shown);
    return column;
}

struct verdict {
    const char *name; /* in the answer */
    const char *word;
    enum sheet_style style;
};

static struct verdict verdict_of(const json_t *why)
{
    static const struct verdict verdicts[] = {
        {"hangs", " HANGS ", SHEET_BAD},
        {"waiting", " WAITING ", SHEET_UNSURE},
        {"idle", " NO HANG ", SHEET_GOOD},
    };

    for (size_t i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++) {
        if (strcmp(json_read_text(why, "verdict"), verdicts[i].name) == 0)
            return verdicts[i];
    }
    return (struct verdict){"", " ... ", SHEET_REVERSE};
}

/* The server's name stands at the right end, if there is room. */
static void put_verdict(
    const struct top_model *model, const char *server, struct sheet *sheet, size_t line)
{
    struct verdict verdict = verdict_of(model->why);
    size_t width = table_text_width(server);
    size_t column = sheet_put(sheet, line, 0, verdict.style, verdict.word);

    column = put_said(
        sheet, line, column + 1, SHEET_BOLD,
        model->why != NULL ? json_read_text(model->why, "summary") : "asking the server");
    if (column + GAP + width <= sheet->columns)
        sheet_put(sheet, line, sheet->columns - width, SHEET_DIM, server);
}

/* Puts as many of the texts as fit whole. */
static void put_texts(
    struct sheet *sheet, size_t line, enum sheet_style style, const char *const *texts,
    size_t count)
{
    size_t column = 0;

    for (size_t i = 0; i < count; i++) {
        if (column + table_text_width(texts[i]) > sheet->columns)
            return;
        column = sheet_put(sheet, line, column, style, texts[i]) + WIDE_GAP;
    }
}

static void put_rates(const struct top_model *model, struct sheet *sheet, size_t line)
{
    const json_t *stat = model->stat;
    char number[UNITS_SIZE], limit[UNITS_SIZE];
    char requests[RATE_SIZE], in[RATE_SIZE], out[RATE_SIZE], memory[RATE_SIZE];
    char keys[RATE_SIZE], uptime[RATE_SIZE];
    const char *const texts[] = {requests, in, out, memory, keys, uptime};

    if (stat == NULL)
        return;
    units_count(model->rates.requests, number);
    snprintf(requests, sizeof(requests), "%s requests/s", number);
    units_bytes(model->rates.received, number);
    snprintf(in, sizeof(in), "in %s/s", number);
    units_bytes(model->rates.sent, number);
    snprintf(out, sizeof(out), "out %s/s", number);
    units_bytes(json_read_number(stat, "memory_bytes"), number);
    units_bytes(json_read_number(stat, "memory_limit_bytes"), limit);
    snprintf(memory, sizeof(memory), "memory %s of %s", number, limit);
    units_count(json_read_number(stat, "keys"), number);
    snprintf(keys, sizeof(keys), "%s keys", number);
    units_seconds(json_read_number(stat, "uptime_seconds"), number);
    snprintf(uptime, sizeof(uptime), "up %s", number);
    put_texts(sheet, line, SHEET_PLAIN, texts, sizeof(texts) / sizeof(texts[0]));
}

/* How much of the text fits in `width`, up to a space if it is not all. */
static size_t wrap_at(const char *text, size_t width)
{
    size_t end = 0;

    for (size_t i = 0; i <= width && text[i] != '\0'; i++) {
        if (text[i] == ' ')
            end = i;
    }
    return table_text_width(text) <= width || end == 0 ? strlen(text) : end;
}

/* Puts a text of the server in at most `max` lines, and returns the line after it. */
static size_t put_wrapped(
    struct sheet *sheet, size_t line, size_t indent, size_t max, enum sheet_style style,
    const char *text)
{
    struct bytes shown = {0};
    const char *rest;

    escape_append_printed(&shown, text);
    rest = shown.data;
    for (size_t i = 0; i < max && *rest != '\0'; i++) {
        size_t len = i + 1 < max ? wrap_at(rest, sheet->columns - indent) : strlen(rest);
        struct bytes part = {0};

        bytes_append(&part, rest, len);
        sheet_put(sheet, line++, indent, style, part.data);
        bytes_done(&part);
        rest += len;
        rest += strspn(rest, " ");
    }
    bytes_done(&shown);
    return line;
}

/* The culprits of one stage, as many as the screen has lines for. */
static size_t put_culprits(
    const json_t *stage, struct sheet *sheet, size_t line, enum sheet_style style)
{
    const json_t *culprits = json_object_get(stage, "culprits");
    size_t count = json_array_size(culprits);
    size_t omitted = (size_t)json_read_number(stage, "culprits_omitted");
    size_t lines = sheet->lines >= TALL ? LINES_OF_A_CULPRIT : 1;
    size_t max = sheet->lines >= TALL ? CULPRITS_SHOWN : 1;
    size_t shown = count < max ? count : max;
    char text[TEXT_SIZE];

    for (size_t i = 0; i < shown; i++) {
        sheet_put(sheet, line, 2, style, "→");
        line = put_wrapped(
            sheet, line, 4, lines, style, json_read_text(json_array_get(culprits, i), "text"));
    }
    if (shown == count && omitted == 0)
        return line;
    snprintf(
        text, sizeof(text), "and %zu more: see 'tcpstore-cli why'", count - shown + omitted);
    sheet_put(sheet, line, 4, SHEET_DIM, text);
    return line + 1;
}

static bool is_trouble(const json_t *stage)
{
    return stage != NULL && !json_is_true(json_object_get(stage, "watched"));
}

static size_t count_trouble(const json_t *stages)
{
    size_t count = 0;

    while (is_trouble(json_array_get(stages, count)))
        count++;
    return count;
}

/* The stage with the longest wait. Watched ones, which follow the others, are no trouble. */
static size_t put_stage(const struct top_model *model, struct sheet *sheet, size_t line)
{
    const json_t *stages = json_object_get(model->why, "stages");
    const json_t *stage = json_array_get(stages, 0);
    size_t count = count_trouble(stages);
    bool hangs = json_read_number(stage, "longest_seconds") >=
                 json_read_number(model->why, "hang_seconds");
    char others[TEXT_SIZE];
    size_t column;

    if (count == 0)
        return line;
    column = put_said(sheet, line, 0, SHEET_PLAIN, json_read_text(stage, "name"));
    column = sheet_put(sheet, line, column, SHEET_PLAIN, ": ");
    column = put_said(sheet, line, column, SHEET_PLAIN, json_read_text(stage, "text"));
    snprintf(others, sizeof(others), "; and %zu other wait%s", count - 1, count > 2 ? "s" : "");
    if (count > 1)
        sheet_put(sheet, line, column, SHEET_DIM, others);
    return put_culprits(stage, sheet, line + 1, hangs ? SHEET_BAD_TEXT : SHEET_UNSURE_TEXT);
}

static void put_views(const struct top_model *model, struct sheet *sheet, size_t line)
{
    static const char *const names[LISTING_VIEWS] = {
        [LISTING_HOSTS] = " h hosts ",
        [LISTING_WAITS] = " w waits ",
        [LISTING_CLIENTS] = " c clients ",
        [LISTING_KEYS] = " k keys ",
    };
    const struct listing *listing = &listings[model->view];
    const struct top_order *order = &model->orders[model->view];
    double total = json_read_number(json_array_get(model->pages, 0), "total");
    char text[TEXT_SIZE], count[UNITS_SIZE];
    size_t rows = table_rows(&model->table);
    size_t column = 0;

    for (size_t i = 0; i < LISTING_VIEWS; i++)
        column = sheet_put(
            sheet, line, column, i == model->view ? SHEET_REVERSE : SHEET_PLAIN, names[i]);
    if (model->pages == NULL)
        return;
    units_count(total, count);
    snprintf(
        text, sizeof(text), "%zu of %s, by %s%s%s%s", rows, count,
        listing->columns[order->column].name, order->reversed ? " reversed" : "",
        model->filter.size > 0 ? ", filter " : "",
        model->filter.size > 0 ? model->filter.data : "");
    sheet_put(sheet, line, column + GAP, SHEET_DIM, text);
}

static bool put_trouble(
    const struct top_model *model, uint64_t now_ns, struct sheet *sheet, size_t line)
{
    double seconds = seconds_of(now_ns - model->answered_ns);
    char text[TEXT_SIZE], silent[UNITS_SIZE];

    if (model->trouble.size == 0 && seconds < STALE_SECONDS)
        return false;
    units_seconds(seconds, silent);
    snprintf(
        text, sizeof(text), " no answer for %s%s%s ", silent,
        model->trouble.size > 0 ? ": " : "",
        model->trouble.size > 0 ? model->trouble.data : "");
    put_said(sheet, line, 0, SHEET_BAD, text);
    return true;
}

static void put_last_line(
    const struct top_model *model, uint64_t now_ns, struct sheet *sheet, size_t line)
{
    static const char *const keys[] = {"q quit",    "? help",
                                       "/ filter",  "s < > sort",
                                       "r reverse", "arrows and page keys scroll"};
    size_t column;

    if (model->is_typing) {
        column = sheet_put(sheet, line, 0, SHEET_BOLD, "filter, with * ? [a-z] as in a GLOB: ");
        column = put_said(sheet, line, column, SHEET_PLAIN, model->typed.data);
        sheet_put(sheet, line, column, SHEET_REVERSE, " ");
    } else if (!put_trouble(model, now_ns, sheet, line)) {
        put_texts(sheet, line, SHEET_DIM, keys, sizeof(keys) / sizeof(keys[0]));
    }
}

static void put_help(struct sheet *sheet, size_t line)
{
    static const char *const texts[] = {
        "h w c k     show hosts, waits, clients, keys",
        "s >  <      sort by the next, the column before",
        "r           reverse the order",
        "/           filter: rows with this text; *, ? and [a-z] as in a GLOB; Esc ends it",
        "arrows, page keys, Home, End   scroll",
        "q, Ctrl-C   quit",
        "",
        "A job hangs if clients wait for --hang SECONDS for what should happen.",
        "'tcpstore-cli why' says it in full. Any key goes back.",
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        sheet_put(sheet, line + i, 2, SHEET_PLAIN, texts[i]);
}

static void put_too_small(struct sheet *sheet)
{
    char text[TEXT_SIZE];

    snprintf(text, sizeof(text), "needs %d x %d", TOP_COLUMNS_MIN, TOP_LINES_MIN);
    sheet_put(sheet, 0, 0, SHEET_PLAIN, "too small");
    sheet_put(sheet, 1, 0, SHEET_PLAIN, text);
    sheet_put(sheet, 2, 0, SHEET_PLAIN, "q quits");
}

void top_lay_out(
    struct top_model *model, const char *server, uint64_t now_ns, struct sheet *sheet)
{
    size_t last = sheet->lines - 1;
    size_t line;

    if (sheet->lines < TOP_LINES_MIN || sheet->columns < TOP_COLUMNS_MIN) {
        put_too_small(sheet);
        return;
    }
    put_verdict(model, server, sheet, 0);
    put_rates(model, sheet, 1);
    line = put_stage(model, sheet, 2) + 1;
    if (model->shows_help) {
        put_help(sheet, line);
    } else {
        put_views(model, sheet, line);
        top_put_table(model, sheet, line + 1, last);
    }
    put_last_line(model, now_ns, sheet, last);
}
