/* The flags of the program, and of each line of commands. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include <tcpstore/error.h>

#include "common/endpoint.h"
#include "tcpstore-cli/naming.h"

#define OPTIONS_TIMEOUT_MS 30000
#define OPTIONS_CONNECT_MS 5000 /* Linux resends a lost SYN after 1 s and after 3 s */
#define OPTIONS_NO_TIMEOUT UINT32_MAX
#define OPTIONS_EVERY_MIN_MS 100
#define OPTIONS_WORLD_MAX (1 << 20) /* the server's limit */
#define OPTIONS_HANG_MAX 1000000    /* the server's limit */

struct options {
    const char *host;       /* NULL: not given */
    int port;               /* 0: not given */
    struct endpoint server; /* set by options_find_server */
    bool wait;
    struct naming naming;
    uint32_t timeout_ms;         /* OPTIONS_NO_TIMEOUT: not given */
    const char *http;            /* NULL: not given */
    struct endpoint http_server; /* set by options_find_server */
    const char *secret_file;     /* NULL: not given; likewise the next three */
    const char *tls_cert;
    const char *tls_key;
    const char *tls_ca;
    const char *file; /* NULL: none */
    bool now;
    bool sizes;
    bool watch;
    bool escapes;
    int world;         /* 0: not given */
    int hang_seconds;  /* -1: not given */
    uint32_t every_ms; /* 0: not given */
    bool all;
    const char *store;    /* NULL: that of the server's own port */
    size_t trace_client;  /* 0: all */
    const char *key_glob; /* NULL: all */
    size_t limit;         /* 0: all */
    bool yes;
    bool json;
    bool raw;
    bool help;
    bool version;
};

void options_init(struct options *ret_options);

/* Whether the next word is an argument even if it begins with a dash. `words` are the words
 * before it that are not flags: a command and its arguments. */
typedef bool options_is_argument_fn(char **words, int count);

/* Stores the flags in `argv` and moves the other words to argv[1] and after; `ret_count` is
 * their number. `options` holds the defaults before. Or reports what is wrong on stderr and
 * returns -1. */
TCPSTORE_MUST_USE
int options_parse(
    int argc, char **argv, options_is_argument_fn *is_argument, struct options *options,
    int *ret_count);

/* Sets the server: --host and --port, else MASTER_ADDR and MASTER_PORT, else 127.0.0.1 and
 * 29500; and its HTTP server: --http, else TCPSTORE_HTTP, else the same. Or reports on stderr
 * which of them is wrong and returns -1. */
TCPSTORE_MUST_USE
int options_find_server(struct options *options);

/* Whether to connect to the server with TLS. */
bool options_use_tls(const struct options *options);

/* Whether HTTP is at an address of its own, that of --http-bind, which has no TLS. */
bool options_have_http_server(const struct options *options);
bool options_http_uses_tls(const struct options *options);

/* How long to wait: --timeout or the default. */
int32_t options_timeout_ms(const struct options *options);

/* How long to try to connect: as long, but without --wait at most OPTIONS_CONNECT_MS. */
int32_t options_connect_ms(const struct options *options);

/* Calls `visit` with the name of each flag. */
void options_each_flag(void (*visit)(void *context, const char *name), void *context);

/* Prints the usage and the help of all flags. */
void options_print_help(void);

/* Prints the help of one flag. */
void options_print_flag(const char *name);

#endif
