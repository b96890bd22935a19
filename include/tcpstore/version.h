/* The library's version; the build system reads it from here. */
#ifndef TCPSTORE_VERSION_H
#define TCPSTORE_VERSION_H

#include <tcpstore/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of these headers, as numbers and as text. */
#define TCPSTORE_VERSION_MAJOR 0
#define TCPSTORE_VERSION_MINOR 1
#define TCPSTORE_VERSION_PATCH 0
#define TCPSTORE_VERSION "0.1.0"

/* The version of the library that the program runs with, as static text. Any thread. */
TCPSTORE_EXPORT const char *tcpstore_version(void);

#ifdef __cplusplus
}
#endif

#endif
