#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>

const char *tcpstore_strerror(int code)
{
    switch (code) {
#define ERROR_TEXT(name, value, text) \
    case name:                        \
        return text;
        TCPSTORE_ERRORS(ERROR_TEXT)
#undef ERROR_TEXT
    default:
        return code == 0 ? "no error" : "unknown error";
    }
}

const char *tcpstore_error_name(int code)
{
    switch (code) {
#define ERROR_NAME(name, value, text) \
    case name:                        \
        return #name;
        TCPSTORE_ERRORS(ERROR_NAME)
#undef ERROR_NAME
    default:
        return code == 0 ? "no error" : "unknown error";
    }
}

int error_set(struct tcpstore_error *error, int code, const char *format, ...)
{
    va_list arguments;

    if (error == NULL)
        return code;
    error->code = code;
    va_start(arguments, format);
    vsnprintf(error->text, sizeof(error->text), format, arguments);
    va_end(arguments);
    return code;
}
