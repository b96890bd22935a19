/* The paths that HTTP serves: docs/HTTP.md. */
#ifndef OBSERVE_ROUTES_H
#define OBSERVE_ROUTES_H

#include "observe/inquiry.h"

/* The route of a request; of one that is not served, a route that says so. */
const struct route *routes_find(const char *method, const char *path);

bool route_has_argument(const struct route *route, const char *name);

#endif
