#include "engine/appending.h"

#include <tcpstore/error.h>

#include "engine/unfinished.h"
#include "store/keys_append.h"

enum {
    STEPS_PER_PAGE = MEMORY_PAGE / STEP_NEW_BYTES, /* that is touched first */
    FEW_STEPS = 64,                                /* that any turn has time for */
};

struct appending {
    struct slice from; /* the value; a share is owned, so that its bytes stay */
    struct blob *to;
    size_t copied; /* bytes */
};

void appending_drop(struct appending *appending, struct execution *execution)
{
    blob_release(appending->from.blob);
    blob_release(appending->to);
    memory_free(execution->session->memory, appending, sizeof(*appending));
}

/* NULL if memory is refused. */
static struct appending *appending_new(struct memory *memory, struct slice value, size_t more)
{
    struct appending *appending = memory_alloc(memory, sizeof(*appending));

    if (appending == NULL)
        return NULL;
    *appending = (struct appending){
        .from = value, .to = blob_for_appending(value.blob->memory, value.span.len, more)};
    if (appending->to == NULL) {
        memory_free(memory, appending, sizeof(*appending));
        return NULL;
    }
    blob_retain(value.blob);
    return appending;
}

static bool is_of(const struct appending *appending, struct slice value)
{
    return appending->from.span.bytes == value.span.bytes &&
           appending->from.span.len == value.span.len;
}

/* The copy of the value, which another client may have written since the last turn.
 * NULL if memory is refused. */
static struct appending *appending_of(struct execution *execution, struct slice value)
{
    struct unfinished *unfinished = execution->session->unfinished;

    if (unfinished->appending != NULL && !is_of(unfinished->appending, value)) {
        appending_drop(unfinished->appending, execution);
        unfinished->appending = NULL;
    }
    if (unfinished->appending == NULL)
        unfinished->appending =
            appending_new(execution->session->memory, value, execution->request.value.span.len);
    return unfinished->appending;
}

/* Returns whether all is copied. */
static bool copy_some(struct appending *appending, long *steps)
{
    struct span left = span_from(appending->from.span, appending->copied);
    size_t max = *steps > 0 ? (size_t)*steps * STEP_NEW_BYTES : 0;

    if (left.len > max)
        left.len = max;
    span_copy(appending->to->bytes + appending->copied, left);
    appending->copied += left.len;
    *steps -= (long)(left.len / STEP_NEW_BYTES);
    return appending->copied == appending->from.span.len;
}

/* One at a time: the copies that clients make at once of a value that they share would take
 * many times its memory, and all but the first are in vain. */
static int copy_in_turns(struct execution *execution, struct entry *entry)
{
    uint64_t size = entry_value(entry).span.len / STEP_NEW_BYTES;
    int code = unfinished_begin(execution);
    struct appending *appending;

    if (code)
        return code;
    if (!line_enter(&execution->engine->line, &execution->session->place, size))
        return STOP_PENDING;
    appending = appending_of(execution, entry_value(entry));
    if (appending == NULL)
        return TCPSTORE_ENOMEM;
    if (!copy_some(appending, &execution->effects->steps))
        return STOP_TURN_OVER;
    entry_move(
        entry, (struct slice){
                   .span = span_of(appending->to->bytes, appending->copied),
                   .blob = blob_retain(appending->to)});
    return 0;
}

/* Touches the pages of the `more` bytes behind the value. Returns whether all are touched. */
static bool touch_some(struct slice value, size_t more, size_t *touched, long *steps)
{
    size_t begin = (size_t)(value.span.bytes - value.blob->bytes) + value.span.len;
    size_t end = begin + more;

    if (*touched < begin)
        *touched = begin;
    while (*steps > 0 && *touched < end) {
        value.blob->bytes[*touched] = 0;
        *touched += MEMORY_PAGE;
        *steps -= STEPS_PER_PAGE;
    }
    return *touched >= end;
}

/* The first write to a page takes the system ten times as long as to copy it. Another client
 * may append meanwhile, or replace the value: then there are more pages, or the wrong ones. */
static int touch_in_turns(struct execution *execution, struct name name, size_t more)
{
    struct slice value;
    int code = store_reserve(&execution->engine->store, name, more, &value);

    if (code == 0)
        code = unfinished_begin(execution);
    if (code)
        return code;
    return touch_some(
               value, more, &execution->session->unfinished->touched,
               &execution->effects->steps)
               ? 0
               : STOP_TURN_OVER;
}

static void end(struct execution *execution)
{
    struct unfinished *unfinished = execution->session->unfinished;

    if (unfinished == NULL)
        return;
    if (unfinished->appending != NULL)
        appending_drop(unfinished->appending, execution);
    unfinished->appending = NULL;
    unfinished_end(execution);
}

/* Of a value that is short, or need not be copied any more. */
static int append(struct execution *execution, struct name name)
{
    size_t max_len = execution->engine->limits.appended_bytes;
    size_t len;
    int error = store_append(
        &execution->engine->store, name, &execution->request.value, max_len,
        &execution->effects->released, &len);

    if (error == TCPSTORE_EVALUESIZE) {
        execution->effects->refusal = (struct refusal){
            .actual = len,
            .limit = max_len,
            .advice = "raise output_hard_cap, so that it can be sent",
        };
    }
    return error;
}

/* A request of a few bytes may move a value of many: if the turn has no time for that, it waits
 * for the next one. Thousands of clients could send one at once. */
static int charge_moves(struct execution *execution, size_t moves)
{
    long steps = (long)(moves / STEP_NEW_BYTES);
    int code;

    if (steps > FEW_STEPS && steps > execution->effects->steps &&
        execution->session->unfinished == NULL) {
        code = unfinished_begin(execution);
        return code ? code : STOP_TURN_OVER;
    }
    execution->effects->steps -= steps;
    return 0;
}

/* Does in turns what takes long before the bytes are appended. */
static int prepare(struct execution *execution, struct name name)
{
    const struct engine_limits *limits = &execution->engine->limits;
    struct entry *entry = store_entry(&execution->engine->store, name);
    size_t len = entry == NULL ? 0 : entry_value(entry).span.len;
    size_t more = execution->request.value.span.len;
    int code = 0;

    if (entry == NULL || len + more > limits->appended_bytes)
        return 0;
    if (len > limits->bytes_at_once && entry_must_be_copied(entry, more))
        code = copy_in_turns(execution, entry);
    else if (execution->session->unfinished != NULL)
        line_leave(&execution->engine->line, &execution->session->place); /* nothing to copy */
    if (code)
        return code;
    if (more > limits->bytes_at_once)
        return touch_in_turns(execution, name, more);
    return charge_moves(execution, entry_append_moves(entry, more));
}

/* Inlined, it costs every PING two instructions, and every WAIT eight. */
__attribute__((noinline)) int handle_append(struct execution *execution)
{
    struct name name = store_name(&execution->engine->store, execution->request.key);
    int code = prepare(execution, name);

    if (code)
        return code;
    end(execution);
    return append(execution, name);
}
