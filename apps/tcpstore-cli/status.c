#include "tcpstore-cli/status.h"

static const char *const meanings[] = {
    [STATUS_OK] = "done",
    [STATUS_NO] = "the answer is no: missing, not ready, not stored",
    [STATUS_USAGE] = "the command line or the input is wrong",
    [STATUS_UNREACHABLE] = "no server can be reached, or the connection was lost",
    [STATUS_TIMED_OUT] = "timed out",
    [STATUS_FAILED] = "any other error, such as output that could not be written",
};

const char *status_meaning(enum status status)
{
    return meanings[status];
}
