/* Reports that the program cannot connect to its server, and what may be wrong: the
 * credentials, the port, or the link of a relay that listens there. */
#ifndef CLI_UNREACHABLE_H
#define CLI_UNREACHABLE_H

#include "tcpstore-cli/options.h"
#include "tcpstore-cli/status.h"

/* May ask the server over HTTP, for some seconds. */
enum status unreachable_report(
    const struct options *options, const struct tcpstore_error *error);

#endif
