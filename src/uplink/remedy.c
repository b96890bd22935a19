#include "uplink/remedy.h"

const char *remedy_text(enum remedy remedy)
{
    switch (remedy) {
    case REMEDY_NAME:
        return "set --upstream to a name that this host can look up, or to an address";
    case REMEDY_PORT:
        return "set --upstream to the port of the store's --trunk, which is not that of its "
               "clients; if it is set so, see whether the store's process hangs";
    case REMEDY_LIMIT:
        return "raise the limit on descriptors (ulimit -n) or memory of this relay";
    case REMEDY_CREDENTIALS:
        return "see relay-refused in the store's log, and compare the secrets or the "
               "certificates of both ends; without such a line, the port is not that of "
               "--trunk";
    case REMEDY_NO_CREDENTIALS:
        return "see relay-refused in the store's log: if it asks for TLS, give this relay the "
               "store's --secret-file, or certificates; without such a line, the port is not "
               "that of --trunk";
    case REMEDY_REFUSED:
        return "see relay-refused in the store's log";
    case REMEDY_VERSION:
        return "run the same version of tcpstored at both ends";
    case REMEDY_FORGOTTEN:
        return "start the jobs of this host again: their clients are disconnected";
    case REMEDY_WITHOUT_STORE:
        return "ask that relay, at its /relay, what it waits for";
    case REMEDY_CIRCLE:
        return "set --upstream of one of the relays on the way to another one";
    case REMEDY_REACH:
    default:
        return "see that a tcpstored --trunk runs at one of this relay's --upstream, and that "
               "this host can reach it";
    }
}
