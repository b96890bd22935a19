/* The clients of the server. */
#include "tcpstore-cli/pages.h"
#include "tcpstore-cli/verbs.h"

enum status command_clients(const struct operation *operation)
{
    struct diagnosis diagnosis;
    enum status status = diagnosis_open(operation, &diagnosis);

    if (status == STATUS_OK)
        status = pages_print(&diagnosis, &listings[LISTING_CLIENTS]);
    diagnosis_close(&diagnosis);
    return status;
}
