#include "tcpstore-cli/target.h"

#include <stdlib.h>

#include "common/quantity.h"

enum { DEFAULT_PORT = 29500 };

/* NULL if it is not set, or empty. */
static const char *variable(const char *name)
{
    const char *value = getenv(name);

    return value != NULL && *value != '\0' ? value : NULL;
}

static int take_address(const struct flags *flags, struct endpoint *target)
{
    const char *text = variable("MASTER_ADDR");

    if (endpoint_parse(text != NULL ? text : "127.0.0.1", target) == 0)
        return 0;
    flags_refuse(
        flags, "MASTER_ADDR=%s: not a server, expected " ENDPOINT_FORMS "; --host overrides it",
        text);
    return -1;
}

static int take_port(const struct flags *flags, struct endpoint *target)
{
    const char *text = variable("MASTER_PORT");
    uint64_t port;

    if (text == NULL)
        return 0;
    if (quantity_parse_number(text, &port) || port < 1 || port > UINT16_MAX) {
        flags_refuse(
            flags, "MASTER_PORT=%s: not a port, expected 1 to 65535; --port overrides it",
            text);
        return -1;
    }
    target->port = (int)port;
    return 0;
}

int target_find(
    const struct flags *flags, const char *host, int port, struct endpoint *ret_target)
{
    struct endpoint target;
    bool port_given = port != 0;

    if (host != NULL) {
        if (endpoint_of_flags(flags, host, port, &target))
            return -1;
        port_given = target.port != 0;
    } else if (take_address(flags, &target)) {
        return -1;
    } else if (port_given) {
        target.port = port;
    }
    if (!port_given && take_port(flags, &target))
        return -1;
    if (target.port == 0)
        target.port = DEFAULT_PORT;
    *ret_target = target;
    return 0;
}
