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
    int scenario;       /* index into `scenarios`; unused with `replay` */
    const char *replay; /* a record's file; NULL: none */
    int speed;          /* multiple of that of the record; 0: as fast as replies arrive */
    int clients;        /* for this and the next three, 0: the scenario's */
    int pipeline;
    size_t keys;
    size_t value_size;
    uint32_t duration_ms;
    uint32_t timeout_ms;
    int rate;       /* operations per second of all clients; 0: as fast as replies arrive */
    int server_pid; /* 0: unknown */
    int sources;    /* addresses that clients connect from; 0: the kernel chooses one */
    bool bare;      /* the server has no store: do not prepare it or check its replies */
    bool json;
    bool help;
    bool version;
};

/* Returns -1 if something is wrong, and prints it on stderr. */
int options_parse(int argc, char **argv, struct options *ret_options);

void options_print_help(void);

#endif
