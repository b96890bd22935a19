/* The clients of the server. */
#include "tcpstore-cli/pages.h"
#include "tcpstore-cli/verbs.h"

static enum status list(struct diagnosis *diagnosis)
{
    return pages_print(diagnosis, &listings[LISTING_CLIENTS]);
}

enum status command_clients(const struct operation *operation)
{
    return diagnosis_run(operation, list);
}
