#include "why/lines.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/escape.h"

static void append(struct lines *lines, const char *text, size_t len)
{
    struct reserved room;

    if (lines->code || len == 0)
        return;
    room = outbox_reserve(lines->outbox, len);
    lines->code = room.error;
    if (room.error == 0)
        memcpy(room.bytes, text, len);
}

void lines_add(struct lines *lines, const char *format, ...)
{
    char text[LINES_PART + 1];
    va_list arguments;
    int len;

    va_start(arguments, format);
    len = vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    append(lines, text, len > LINES_PART ? LINES_PART : (size_t)len);
}

void lines_add_quoted(struct lines *lines, struct span bytes)
{
    char text[ESCAPED_BYTE_MAX];

    for (size_t i = 0; i < bytes.len; i++)
        append(lines, text, (size_t)(escape_byte(text, bytes.bytes[i]) - text));
}

void lines_add_time(struct lines *lines, int64_t ms)
{
    enum {
        SECOND = 1000,
        MINUTE = 60 * SECOND,
        HOUR = 60 * MINUTE,
        TWO_MINUTES = 2 * MINUTE,
        TWO_HOURS = 2 * HOUR
    };

    if (ms < TWO_MINUTES)
        lines_add(lines, "%" PRId64 " s", ms / SECOND);
    else if (ms < TWO_HOURS)
        lines_add(lines, "%" PRId64 " min", ms / MINUTE);
    else
        lines_add(lines, "%" PRId64 " h", ms / HOUR);
}

void lines_add_count(struct lines *lines, uint64_t count, const char *noun)
{
    lines_add(lines, "%" PRIu64 " %s%s", count, noun, count == 1 ? "" : "s");
}
