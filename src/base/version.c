#include <tcpstore/version.h>

const char *tcpstore_version(void)
{
    return TCPSTORE_VERSION;
}
