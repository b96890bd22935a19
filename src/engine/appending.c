#include "engine/appending.h"

#include <tcpstore/error.h>

#include "engine/unfinished.h"
#include "store/keys_append.h"

enum { BYTES_PER_STEP = 256 /* copied to new memory */ };

struct appending {
    struct slice from; /* the value; a share is owned, so that its bytes stay */
    struct blob *to;
    size_t copied; /* bytes */
};

void appending_drop(struct appending *appending, struct memory *memory)
{
    blob_release(appending->from.blob);
    blob_release(appending->to);
    memory_free(memory, appending, sizeof(*appending));
}

/* NULL if memory is refused. */
static struct appending *appending_new(struct memory *memory, struct slice value, size_t more)
{
    struct appending *appending = memory_alloc(memory, sizeof(*appending));

    if (appending == NULL)
        return NULL;
    *appending = (struct appending){
        .from = value, .to = blob_new(value.blob->memory, (value.span.len + more) * 2)};
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
 * TCPSTORE_ENOMEM: NULL. */
static struct appending *appending_of(struct execution *execution, struct slice value)
{
    struct unfinished *unfinished = execution->session->unfinished;
    struct memory *memory = execution->session->memory;

    if (unfinished->appending != NULL && !is_of(unfinished->appending, value)) {
        appending_drop(unfinished->appending, memory);
        unfinished->appending = NULL;
    }
    if (unfinished->appending == NULL)
        unfinished->appending = appending_new(memory, value, execution->request.value.span.len);
    return unfinished->appending;
}

/* Returns whether all is copied. */
static bool copy_some(struct appending *appending, long *steps)
{
    struct span left = span_from(appending->from.span, appending->copied);
    size_t max = *steps > 0 ? (size_t)*steps * BYTES_PER_STEP : 0;

    if (left.len > max)
        left.len = max;
    span_copy(appending->to->bytes + appending->copied, left);
    appending->copied += left.len;
    *steps -= (long)(left.len / BYTES_PER_STEP);
    return appending->copied == appending->from.span.len;
}

static int copy_in_turns(struct execution *execution, struct entry *entry)
{
    int code = unfinished_begin(execution);
    struct appending *appending;

    if (code)
        return code;
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

static void end(struct execution *execution)
{
    struct unfinished *unfinished = execution->session->unfinished;

    if (unfinished == NULL)
        return;
    if (unfinished->appending != NULL)
        appending_drop(unfinished->appending, execution->session->memory);
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

__attribute__((noinline)) int handle_append(struct execution *execution)
{
    struct store *store = &execution->engine->store;
    struct name name = store_name(store, execution->request.key);
    size_t more = execution->request.value.span.len;
    struct entry *entry = store_append_copies(store, name, more);
    size_t len = entry == NULL ? 0 : entry_value(entry).span.len;
    int code = 0;

    if (len > execution->engine->limits.bytes_at_once &&
        len + more <= execution->engine->limits.appended_bytes)
        code = copy_in_turns(execution, entry);
    if (code)
        return code;
    end(execution);
    return append(execution, name);
}
