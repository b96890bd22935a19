/* A host and a port as people write them: "head:29600", "10.0.0.1:29600", "[fd00::1]:29600". */
#ifndef SERVER_ENDPOINT_H
#define SERVER_ENDPOINT_H

#include <stdbool.h>

#include "base/span.h"

/* Divides it; the host is without brackets, and the port is from 1 to 65535. Both borrow
 * `text`. False: it is nothing like that. */
bool endpoint_divide(const char *text, struct span *ret_host, struct span *ret_port);

#endif
