/* Reports that --store names a store that tcpstored does not have. */
#ifndef CLI_UNKNOWN_STORE_H
#define CLI_UNKNOWN_STORE_H

#include "tcpstore-cli/http.h"
#include "tcpstore-cli/operation.h"

/* Asks for the names of the stores, and suggests one. */
void unknown_store_report(const struct operation *operation, struct http *http);

#endif
