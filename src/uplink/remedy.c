#include "uplink/remedy.h"

const char *remedy_text(enum remedy remedy)
{
    switch (remedy) {
    case REMEDY_NAME:
        return "let --upstream have a name that this host can look up, or an address";
    case REMEDY_PORT:
        return "let --upstream have the port of the store's --trunk, which is not that of its "
               "clients";
    case REMEDY_LIMIT:
        return "raise the limit on descriptors (ulimit -n) or memory of this relay";
    case REMEDY_CREDENTIALS:
        return "see relay-refused in the store's log, and compare the secrets or the "
               "certificates of both ends; without such a line, the port is not that of "
               "--trunk";
    case REMEDY_REFUSED:
        return "see relay-refused in the store's log";
    case REMEDY_WITHOUT_STORE:
        return "ask that relay, at its /relay, what it waits for";
    case REMEDY_CIRCLE:
        return "let one of the relays on the way have another --upstream";
    case REMEDY_REACH:
    default:
        return "see that a tcpstored --trunk runs at one of this relay's --upstream, and that "
               "this host can reach it";
    }
}
