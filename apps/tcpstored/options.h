/* What the command line, and who started the daemon, ask for. */
#ifndef TCPSTORED_OPTIONS_H
#define TCPSTORED_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include <tcpstore/server.h>

#include "common/flags.h"

/* Not to be copied: `server` borrows the texts in `bind` and `allow`. */
struct options {
    bool help;
    bool version;
    const char *port_file; /* NULL: none */
    size_t max_clients;    /* 0: not given */
    struct tcpstore_server_options server;

    /* Given, and settled into `server` */
    int port; /* -1: not given */
    struct flag_list bind;
    struct flag_list allow;
    int log_level;
};

/* What the command line says, and the socket that the environment hands over, if it names none.
 * Or says on stderr what is wrong and returns -1. */
TCPSTORE_MUST_USE
int options_parse(int argc, char **argv, struct options *ret_options);

void options_print_help(void);

#endif
