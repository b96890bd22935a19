/* Whether an HTTP request may change something: pages of other sites, which a browser on this
 * network shows, must not be able to. */
#ifndef OBSERVE_ORIGIN_H
#define OBSERVE_ORIGIN_H

#include "observe/inquiry.h"

/* It must have the field "X-Tcpstore", which browsers send to other sites only if these allow
 * it, and a Host that a foreign name cannot resolve to: an address, localhost, or this
 * machine's name. Returns false if it has refused the inquiry. */
bool origin_check(struct inquiry *inquiry);

#endif
