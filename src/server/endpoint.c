#include "server/endpoint.h"

#include <string.h>

static bool is_port(struct span text)
{
    uint32_t port = 0;

    for (size_t i = 0; i < text.len && port <= UINT16_MAX; i++) {
        if (text.bytes[i] < '0' || text.bytes[i] > '9')
            return false;
        port = 10 * port + (uint32_t)(text.bytes[i] - '0');
    }
    return port > 0 && port <= UINT16_MAX;
}

/* A host with colons has brackets, and no other has. */
static bool remove_brackets(struct span *host)
{
    if (host->len == 0 || host->bytes[0] != '[')
        return host->len > 0 && memchr(host->bytes, ':', host->len) == NULL;
    if (host->len < 3 || host->bytes[host->len - 1] != ']')
        return false;
    *host = span_of(host->bytes + 1, host->len - 2);
    return true;
}

bool endpoint_divide(const char *text, struct span *ret_host, struct span *ret_port)
{
    const char *colon = strrchr(text, ':');

    if (colon == NULL)
        return false;
    *ret_host = span_of(text, (size_t)(colon - text));
    *ret_port = span_of(colon + 1, strlen(colon + 1));
    return remove_brackets(ret_host) && is_port(*ret_port);
}
