#include "server/log.h"

#include <stdarg.h>
#include <stdio.h>

enum {
    LINE_MAX_BYTES = 1024,
    ESCAPE_MAX = 4, /* "\xff" */
};

void log_write(
    const struct log *log, enum tcpstore_log_level level, const char *event, const char *format,
    ...)
{
    char line[LINE_MAX_BYTES];
    va_list arguments;
    int len;

    if (log->write == NULL || level < log->level)
        return;
    len = snprintf(line, sizeof(line), "event=%s ", event);
    va_start(arguments, format);
    vsnprintf(line + len, sizeof(line) - (size_t)len, format, arguments);
    va_end(arguments);
    log->write(log->context, level, line);
}

static int escape(uint8_t byte, char *text)
{
    if (byte == '"' || byte == '\\')
        return sprintf(text, "\\%c", byte);
    if (byte >= ' ' && byte <= '~')
        return sprintf(text, "%c", byte);
    return sprintf(text, "\\x%02x", byte);
}

const char *log_quote(struct span bytes, char text[LOG_QUOTED_MAX])
{
    static const char cut[] = "…";
    const size_t room = LOG_QUOTED_MAX - ESCAPE_MAX - sizeof(cut) - sizeof("\"");
    size_t len = 0;
    size_t i;

    text[len++] = '"';
    for (i = 0; i < bytes.len && len < room; i++)
        len += (size_t)escape(bytes.bytes[i], text + len);
    snprintf(text + len, LOG_QUOTED_MAX - len, "%s\"", i < bytes.len ? cut : "");
    return text;
}
