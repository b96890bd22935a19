/* The command line, and each line of the prompt or of standard input. */
/* Which server the program talks to. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include <tcpstore/error.h>

#include "common/endpoint.h"
#include "tcpstore-cli/naming.h"

#define OPTIONS_TIMEOUT_MS 30000
#define OPTIONS_CONNECT_MS 5000 /* Linux sends a lost SYN again after 1 s and after 3 s */
#define OPTIONS_NO_TIMEOUT UINT32_MAX

struct options {
    const char *host;       /* as given; NULL: not given */
    int port;               /* as given; 0: not given */
    struct endpoint server; /* what these and the environment come to; without --help */
    bool wait;
    struct naming naming;
    uint32_t timeout_ms; /* OPTIONS_NO_TIMEOUT: not given */
    const char *file;    /* NULL: none */
    bool now;
    bool sizes;
    bool watch;
    bool escapes;
    bool json;
    bool raw;
    bool help;
    bool version;
};

void options_init(struct options *ret_options);

/* Takes the flags out of `argv` and moves the other words to its front, behind argv[0], which
 * is passed over; `ret_count` is how many there are. Or says on stderr what is wrong and
 * returns -1. `options` holds the defaults before. */
TCPSTORE_MUST_USE
int options_parse(int argc, char **argv, struct options *options, int *ret_count);

/* As options_parse for one of several lines, where the server is no longer to be chosen. */
TCPSTORE_MUST_USE
int options_parse_line(int argc, char **argv, struct options *options, int *ret_count);

/* How long to wait: what was given, or the default. */
int32_t options_timeout_ms(const struct options *options);

/* How long connecting may take: with --wait as long, without it OPTIONS_CONNECT_MS at most. */
int32_t options_connect_ms(const struct options *options);

/* Calls `visit` with the name of each flag. */
void options_each_flag(void (*visit)(void *context, const char *name), void *context);

void options_print_help(void);

/* Prints what options_print_help says of that flag. */
void options_print_flag(const char *name);

/* What --host and --port say; what they leave open, MASTER_ADDR and MASTER_PORT; else
 * 127.0.0.1 and 29500. `host` is NULL and `port` 0 if it was not given. Or says on stderr which
 * of them is wrong and returns -1. */
TCPSTORE_MUST_USE
int target_find(
    const struct flags *flags, const char *host, int port, struct endpoint *ret_target);

#endif
