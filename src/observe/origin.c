#include "observe/origin.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { HOST_MAX = 256 };

static bool is_port_or_empty(const char *text)
{
    return *text == '\0' || (*text == ':' && text[strspn(text + 1, "0123456789") + 1] == '\0');
}

/* Without the port and brackets. Returns false if it is too long, or no host and port. */
static bool copy_host(const char *field, char host[HOST_MAX])
{
    bool is_bracketed = *field == '[';
    const char *begin = field + is_bracketed;
    size_t len = strcspn(begin, is_bracketed ? "]" : ":");

    if (len >= HOST_MAX || (is_bracketed && begin[len] == '\0') ||
        !is_port_or_empty(begin + len + is_bracketed))
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
