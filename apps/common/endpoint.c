#include "common/endpoint.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "common/quantity.h"

static const char scheme[] = "tcp://";
static const char unix_scheme[] = "unix:";

const char *endpoint_unix_path(const struct endpoint *endpoint)
{
    size_t len = strlen(unix_scheme);

    return strncmp(endpoint->host, unix_scheme, len) == 0 ? endpoint->host + len : NULL;
}

const char *endpoint_describe(const struct endpoint *endpoint, char text[ENDPOINT_TEXT_SIZE])
{
    if (endpoint_unix_path(endpoint) != NULL)
        snprintf(text, ENDPOINT_TEXT_SIZE, "%s", endpoint->host);
    else
        snprintf(text, ENDPOINT_TEXT_SIZE, "%s, port %d", endpoint->host, endpoint->port);
    return text;
}

/* inet_pton does not accept a scope, as in fe80::1%eth0. */
static bool is_ipv6(const char *host)
{
    char address[INET6_ADDRSTRLEN] = "";
    size_t len = strcspn(host, "%");
    struct in6_addr ignored;

    if (len >= sizeof(address))
        return false;
    memcpy(address, host, len);
    return inet_pton(AF_INET6, address, &ignored) == 1;
}

static int take_host(const char *text, size_t len, struct endpoint *endpoint)
{
    if (len == 0 || len >= sizeof(endpoint->host))
        return -1;
    memcpy(endpoint->host, text, len);
    endpoint->host[len] = '\0';
    return 0;
}

/* `text` is "" or ":29500". */
static int take_port(const char *text, struct endpoint *endpoint)
{
    uint64_t port;

    if (*text == '\0')
        return 0;
    if (*text != ':' || quantity_parse_number(text + 1, &port) || port < 1 || port > UINT16_MAX)
        return -1;
    endpoint->port = (int)port;
    return 0;
}

static int take_brackets(const char *text, struct endpoint *endpoint)
{
    size_t len = strcspn(text, "]");

    if (text[len] == '\0' || take_host(text, len, endpoint) || !is_ipv6(endpoint->host))
        return -1;
    return take_port(text + len + 1, endpoint);
}

int endpoint_parse(const char *text, struct endpoint *ret_endpoint)
{
    struct endpoint endpoint = {.port = 0};
    size_t len;
    int code;

    if (strncmp(text, scheme, strlen(scheme)) == 0)
        text += strlen(scheme);
    len = strcspn(text, ":");
    if (strncmp(text, unix_scheme, strlen(unix_scheme)) == 0)
        code = take_host(text, strlen(text), &endpoint);
    else if (*text == '[')
        code = take_brackets(text + 1, &endpoint);
    else if (is_ipv6(text))
        code = take_host(text, strlen(text), &endpoint);
    else
        code = take_host(text, len, &endpoint) ? -1 : take_port(text + len, &endpoint);
    if (code == 0)
        *ret_endpoint = endpoint;
    return code;
}

int endpoint_of_flags(
    const struct flags *flags, const char *host, int port, struct endpoint *ret_endpoint)
{
    struct endpoint endpoint;

    if (endpoint_parse(host, &endpoint)) {
        flags_refuse(
            flags,
            "--host %s: not a server, expected " ENDPOINT_FORMS ", ports from 1 to 65535",
            host);
        return -1;
    }
    if (port != 0 && endpoint_unix_path(&endpoint) != NULL) {
        flags_refuse(flags, "--port %d: --host %s has no port; leave one out", port, host);
        return -1;
    }
    if (port != 0 && endpoint.port != 0 && port != endpoint.port) {
        flags_refuse(
            flags, "--port %d: --host %s names another port; give only one", port, host);
        return -1;
    }
    if (port != 0)
        endpoint.port = port;
    *ret_endpoint = endpoint;
    return 0;
}
