/* The command line, and the socket passed by systemd. */
#ifndef TCPSTORED_OPTIONS_H
#define TCPSTORED_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include <tcpstore/server.h>

#include "common/flags.h"

enum { ADDRESS_SIZE = 128 };

/* Do not copy it: `server` borrows from its lists and texts. */
struct options {
    bool help;
    bool version;
    const char *port_file;   /* NULL: none */
    const char *record_file; /* NULL: the default */
    size_t max_clients;      /* 0: not given */
    struct tcpstore_server_options server;

    /* As given; options_parse puts them into `server` */
    int port; /* -1: not given */
    struct flag_list bind;
    struct flag_list allow;
    const char *unix_mode;  /* NULL: not given */
    const char *unix_owner; /* likewise */
    int http;               /* index into the choices on, off */
    int identify;           /* likewise */
    struct flag_list http_allow;
    const char *job_ports;           /* NULL: not given */
    const char *http_bind;           /* NULL: not given */
    char http_address[ADDRESS_SIZE]; /* of http_bind, without the port */
    struct flag_list upstream;
    struct flag_list trunk_allow;
    const char *trunk; /* NULL: not given */
    char trunk_address[ADDRESS_SIZE];
    int log_level;
};

/* Parses the command line; without --listen-fd, a socket passed by systemd is used. Returns -1
 * if something is wrong, and prints it on stderr. */
TCPSTORE_MUST_USE
int options_parse(int argc, char **argv, struct options *ret_options);

void options_print_help(void);

#endif
