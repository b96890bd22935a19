#include "server/log.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/escape.h"

enum { LINE_MAX_BYTES = 1024 };

void log_write(
    const struct log *log, enum tcpstore_log_level level, const char *event, const char *format,
    ...)
{
    char line[LINE_MAX_BYTES];
    va_list arguments;
    int len;

    if (log->write == NULL || level < log->level)
        return;
    len = snprintf(
        line, sizeof(line), "event=%s %s%s%s", event, log->store != NULL ? "store=" : "",
        log->store != NULL ? log->store : "", log->store != NULL ? " " : "");
    va_start(arguments, format);
    vsnprintf(line + len, sizeof(line) - (size_t)len, format, arguments);
    va_end(arguments);
    log->write(log->context, level, line);
}

const char *log_quote(struct span bytes, char text[LOG_QUOTED_MAX])
{
    static const char cut[] = "…";
    const char *last = text + (LOG_QUOTED_MAX - ESCAPED_BYTE_MAX - sizeof(cut) - sizeof("\""));
    char *end = text;
    size_t i;

    *end++ = '"';
    for (i = 0; i < bytes.len && end < last; i++)
        end = escape_byte(end, bytes.bytes[i]);
    snprintf(end, sizeof(cut) + sizeof("\""), "%s\"", i < bytes.len ? cut : "");
    return text;
}
