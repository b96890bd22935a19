#include "server/refusal.h"

#include <inttypes.h>
#include <stdio.h>

/* "queue is full: 5 entries, at most 4 allowed; ADVICE" */
static void format_over_limit(
    const struct refusal *refusal, const char *what, const char *unit, char text[REASON_MAX])
{
    const char *advice = refusal->advice;

    snprintf(
        text, REASON_MAX, "%s: %" PRIu64 " %s, at most %" PRIu64 " allowed%s%s", what,
        refusal->actual, unit, refusal->limit, advice == NULL ? "" : "; ",
        advice == NULL ? "" : advice);
}

static void format_out_of_memory(const struct memories *memories, char text[REASON_MAX])
{
    const struct memory *account = &memories->stored;

    snprintf(
        text, REASON_MAX, "out of memory: %zu bytes in use, %zu allowed%s", account->used,
        memories_refused_beyond(memories), memories_explain(memories));
}

static void format_reason(
    const struct refusal *refusal, const struct memories *memories, char text[REASON_MAX])
{
    switch (refusal->code) {
    case TCPSTORE_ENOMEM:
        format_out_of_memory(memories, text);
        return;
    case TCPSTORE_EOPCODE:
        snprintf(text, REASON_MAX, "unknown operation %" PRIu64, refusal->actual);
        return;
    case TCPSTORE_EKEYSIZE:
        format_over_limit(refusal, "key too long", "bytes", text);
        return;
    case TCPSTORE_EVALUESIZE:
        format_over_limit(refusal, "value too long", "bytes", text);
        return;
    case TCPSTORE_EKEYCOUNT:
        format_over_limit(refusal, "too many keys in one request", "keys", text);
        return;
    case TCPSTORE_EQUEUEFULL:
        format_over_limit(refusal, "queue is full", "entries", text);
        return;
    case TCPSTORE_EOUTPUT:
        snprintf(
            text, REASON_MAX,
            "more than %" PRIu64 " bytes of replies would wait to be sent (output_hard_cap)",
            refusal->limit);
        return;
    case TCPSTORE_ETIMEDOUT:
        snprintf(
            text, REASON_MAX,
            "did not validate in time: not a TCPStore client, or a stalled one");
        return;
    default:
        snprintf(text, REASON_MAX, "%s", tcpstore_strerror(refusal->code));
    }
}

const char *refusal_format(
    const struct refusal *refusal, const struct memories *memories, char text[REFUSAL_MAX])
{
    char reason[REASON_MAX];
    char key[LOG_QUOTED_MAX];

    format_reason(refusal, memories, reason);
    if (refusal->key.len > 0)
        snprintf(
            text, REFUSAL_MAX, "operation=%s key=%s reason=\"%s\"", refusal->operation,
            log_quote(refusal->key, key), reason);
    else
        snprintf(text, REFUSAL_MAX, "operation=%s reason=\"%s\"", refusal->operation, reason);
    return text;
}
