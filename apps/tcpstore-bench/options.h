/* The command line. */
#ifndef BENCH_OPTIONS_H
#define BENCH_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/endpoint.h"

struct options {
    const char *host; /* as given */
    int port;         /* as given; 0: not given */
    struct endpoint server;
    int scenario; /* index into `scenarios` */
    int clients;  /* 0 in these four: the scenario's own */
    int pipeline;
    size_t keys;
    size_t value_size;
    uint32_t duration_ms;
    uint32_t timeout_ms;
    int rate;       /* operations a second by all clients; 0: as fast as replies come */
    int server_pid; /* 0: unknown */
    bool bare;      /* the server has no store: nothing to prepare, no reply to look into */
    bool json;
    bool help;
    bool version;
};

/* Says on stderr what is wrong and returns -1. */
int options_parse(int argc, char **argv, struct options *ret_options);

void options_print_help(void);

#endif
