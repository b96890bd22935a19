#include "uplink/arrival.h"

#include <string.h>

enum { METHOD_MAX = 8 /* bytes: longer ones are not served */ };

static const char *const own_paths[] = {"/relay", "/v1/relay", "/healthz", "/readyz"};

/* The path of a request ends with a space, or goes on with its arguments. */
static enum arrival compare(struct span bytes, const char *path)
{
    size_t len = strlen(path);

    if (bytes.len <= len)
        return memcmp(bytes.bytes, path, bytes.len) == 0 ? ARRIVAL_UNCLEAR : ARRIVAL_HTTP;
    if (memcmp(bytes.bytes, path, len) == 0 &&
        (bytes.bytes[len] == ' ' || bytes.bytes[len] == '?'))
        return ARRIVAL_OWN_HTTP;
    return ARRIVAL_HTTP;
}

static enum arrival read_path(struct span bytes)
{
    enum arrival found = ARRIVAL_HTTP;

    if (bytes.len == 0)
        return ARRIVAL_UNCLEAR;
    for (size_t i = 0; i < sizeof(own_paths) / sizeof(own_paths[0]); i++) {
        enum arrival arrival = compare(bytes, own_paths[i]);

        if (arrival == ARRIVAL_OWN_HTTP)
            return arrival;
        if (arrival == ARRIVAL_UNCLEAR)
            found = arrival;
    }
    return found;
}

static bool is_capital(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z';
}

/* A request of the store's protocol begins with a byte below 32, an HTTP method with a letter.
 */
enum arrival arrival_read(struct span bytes)
{
    size_t len = 0;

    if (!is_capital(bytes.bytes[0]))
        return ARRIVAL_CLIENT;
    while (len < bytes.len && len <= METHOD_MAX && is_capital(bytes.bytes[len]))
        len++;
    if (len > METHOD_MAX)
        return ARRIVAL_HTTP;
    if (len == bytes.len)
        return ARRIVAL_UNCLEAR;
    return bytes.bytes[len] == ' ' ? read_path(span_from(bytes, len + 1)) : ARRIVAL_HTTP;
}
