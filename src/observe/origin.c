#include "observe/origin.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { HOST_MAX = 256 };

/* Without the port and brackets. Returns false if it is too long. */
static bool copy_host(const char *field, char host[HOST_MAX])
{
    const char *begin = *field == '[' ? field + 1 : field;
    size_t len = strcspn(begin, *field == '[' ? "]" : ":");

    if (len >= HOST_MAX)
        return false;
    memcpy(host, begin, len);
    host[len] = '\0';
    return true;
}

/* In full, or up to the first dot. */
static bool is_own_name(const char *host)
{
    char own[UV_MAXHOSTNAMESIZE];
    size_t size = sizeof(own);
    size_t len = strlen(host);

    if (uv_os_gethostname(own, &size) || strncasecmp(own, host, len) != 0)
        return false;
    return own[len] == '\0' || (own[len] == '.' && strchr(host, '.') == NULL);
}

static bool is_safe(const char *field)
{
    char host[HOST_MAX];
    union address ignored;

    if (field == NULL || !copy_host(field, host) || host[0] == '\0')
        return false;
    return strcasecmp(host, "localhost") == 0 || address_parse(host, 0, &ignored) ||
           is_own_name(host);
}

bool origin_check(struct inquiry *inquiry)
{
    if (http_field(inquiry->request, "X-Tcpstore") == NULL) {
        inquiry_refuse(
            inquiry, 403,
            "a request that changes something needs the header \"X-Tcpstore: 1\", so that no "
            "web page can send it");
        return false;
    }
    if (!is_safe(http_field(inquiry->request, "Host"))) {
        inquiry_refuse(
            inquiry, 403,
            "the Host of a request that changes something must be an address, localhost, or "
            "this machine's name, so that no web page can send it; send \"Host: localhost\"");
        return false;
    }
    return true;
}
