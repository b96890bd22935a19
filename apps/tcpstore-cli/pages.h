/* Prints a list of tcpstored's, page by page. */
#ifndef CLI_PAGES_H
#define CLI_PAGES_H

#include "tcpstore-cli/diagnosis.h"
#include "tcpstore-cli/listing.h"

/* As a table, or with --json an object per line; with --limit, the first ones only. */
TCPSTORE_MUST_USE
enum status pages_print(struct diagnosis *diagnosis, const struct listing *listing);

#endif
