/* Fills in the public error structure. */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <tcpstore/error.h>

/* Sets code and text unless `error` is null. Returns `code`, for `return error_set(…)`. */
__attribute__((format(printf, 3, 4))) int error_set(
    struct tcpstore_error *error, int code, const char *format, ...);

#endif
