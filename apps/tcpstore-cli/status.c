#include "tcpstore-cli/status.h"

static const char *const meanings[] = {
    [STATUS_OK] = "done",
    [STATUS_NO] = "the answer is no: missing, not ready, not stored",
    [STATUS_USAGE] = "the command line or the input is wrong",
    [STATUS_UNREACHABLE] = "no server can be reached, or the connection was lost",
    [STATUS_TIMED_OUT] = "timed out",
    [STATUS_FAILED] = "anything else, such as output that is not taken",
};

const char *status_meaning(enum status status)
{
    return meanings[status];
}
