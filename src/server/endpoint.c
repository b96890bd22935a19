#include "server/endpoint.h"

#include <string.h>

enum { PORT_MAX = 5 /* digits */ };

static bool are_digits(struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.bytes[i] < '0' || text.bytes[i] > '9')
            return false;
    return text.len > 0 && text.len <= PORT_MAX;
}

bool endpoint_divide(const char *text, struct span *ret_host, struct span *ret_port)
{
    const char *colon = strrchr(text, ':');
    struct span host;

    if (colon == NULL)
        return false;
    host = span_of(text, (size_t)(colon - text));
    *ret_port = span_of(colon + 1, strlen(colon + 1));
    if (host.len > 2 && text[0] == '[' && colon[-1] == ']')
        host = span_of(text + 1, host.len - 2);
    else if (host.len > 0 && memchr(text, ':', host.len) != NULL)
        return false;
    *ret_host = host;
    return host.len > 0 && are_digits(*ret_port);
}
