#include "tcpstore-cli/http.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include <tcpstore/version.h>

#include "tcpstore-cli/terminal.h"

static size_t take_body(char *data, size_t size, size_t count, void *context)
{
    struct http *http = context;

    (void)size; /* always 1 */
    if (http->body.size + count > HTTP_BODY_MAX)
        return 0;
    bytes_append(&http->body, data, count);
    return count;
}

static size_t take_header(char *data, size_t size, size_t count, void *context)
{
    static const char name[] = "Tcpstore-Verdict: ";
    struct http *http = context;
    size_t len = sizeof(name) - 1;
    size_t end = count;

    (void)size; /* always 1 */
    if (count <= len || strncasecmp(data, name, len) != 0)
        return count;
    while (end > len && (data[end - 1] == '\r' || data[end - 1] == '\n'))
        end--;
    snprintf(http->verdict, sizeof(http->verdict), "%.*s", (int)(end - len), data + len);
    return count;
}

static int stop_if_interrupted(
    void *context, curl_off_t to_come, curl_off_t came, curl_off_t to_send, curl_off_t sent)
{
    (void)context;
    (void)to_come;
    (void)came;
    (void)to_send;
    (void)sent;
    return interrupt_was_received();
}

static void set_long(CURL *easy, CURLoption option, long value)
{
    if (curl_easy_setopt(easy, option, value) != CURLE_OK)
        memory_exhausted();
}

static void set_text(CURL *easy, CURLoption option, const char *value)
{
    if (curl_easy_setopt(easy, option, value) != CURLE_OK)
        memory_exhausted();
}

/* libcurl copies texts, but not the buffer of reasons. */
static void set_options(struct http *http, int32_t connect_ms)
{
    CURL *easy = http->easy;

    curl_easy_setopt(easy, CURLOPT_CURLU, http->url);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, http->reason);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, http);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, http);
    curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, stop_if_interrupted);
    set_long(easy, CURLOPT_NOPROGRESS, 0);
    set_long(easy, CURLOPT_NOSIGNAL, 1);
    set_long(easy, CURLOPT_FOLLOWLOCATION, 0);
    set_long(easy, CURLOPT_HTTP09_ALLOWED, 0);
    set_long(easy, CURLOPT_CONNECTTIMEOUT_MS, connect_ms);
    set_text(easy, CURLOPT_PROXY, "");
    set_text(easy, CURLOPT_USERAGENT, "tcpstore-cli/" TCPSTORE_VERSION);
}

/* A part that is wrong leaves the URL without it: the first request fails, and says so. */
static void set_part(CURLU *url, CURLUPart part, const char *text)
{
    if (curl_url_set(url, part, text, 0) == CURLUE_OUT_OF_MEMORY)
        memory_exhausted();
}

/* In a URL, an IPv6 address is in brackets, and its scope, as in fe80::1%eth0, is apart. */
static void set_ipv6(CURLU *url, const char *host)
{
    size_t len = strcspn(host, "%");
    struct bytes address = {0};

    bytes_append_byte(&address, '[');
    bytes_append(&address, host, len);
    bytes_append_byte(&address, ']');
    set_part(url, CURLUPART_HOST, address.data);
    if (host[len] == '%')
        set_part(url, CURLUPART_ZONEID, host + len + 1);
    bytes_done(&address);
}

/* A URL has no place for the name of a Unix socket, but needs a host. */
static void set_unix_socket(struct http *http, CURLoption option, const char *name)
{
    set_text(http->easy, option, name);
    set_part(http->url, CURLUPART_SCHEME, "http");
    set_part(http->url, CURLUPART_HOST, "localhost");
}

/* libcurl 7.88 opens another connection for each request to such a socket, and keeps the last
 * one, too, on which the tunnel would wait. */
static void set_tunnel(struct http *http)
{
    set_unix_socket(http, CURLOPT_ABSTRACT_UNIX_SOCKET, tunnel_name(http->tunnel));
    set_long(http->easy, CURLOPT_FORBID_REUSE, 1);
}

static void set_server(CURLU *url, const struct endpoint *server)
{
    char port[sizeof("65535")];

    snprintf(port, sizeof(port), "%u", (unsigned)server->port & UINT16_MAX);
    set_part(url, CURLUPART_SCHEME, "http");
    set_part(url, CURLUPART_PORT, port);
    if (strchr(server->host, ':') != NULL)
        set_ipv6(url, server->host);
    else if (strpbrk(server->host, "/?#@\\ ") == NULL) /* libcurl before 7.80 takes them */
        set_part(url, CURLUPART_HOST, server->host);
}

void http_init(
    struct http *ret_http, const struct endpoint *server, struct tunnel *tunnel,
    int32_t connect_ms)
{
    const char *path = endpoint_unix_path(server);

    *ret_http = (struct http){.easy = curl_easy_init(), .url = curl_url(), .tunnel = tunnel};
    if (ret_http->easy == NULL || ret_http->url == NULL)
        memory_exhausted();
    if (tunnel != NULL)
        set_tunnel(ret_http);
    else if (path != NULL)
        set_unix_socket(ret_http, CURLOPT_UNIX_SOCKET_PATH, path);
    else
        set_server(ret_http->url, server);
    set_options(ret_http, connect_ms);
}

void http_prepare(struct http *http, const char *target, int32_t timeout_ms)
{
    size_t path = strcspn(target, "?");
    const char *query = target[path] == '?' ? target + path + 1 : NULL;
    struct bytes copy = {0};

    bytes_append(&copy, target, path);
    set_part(http->url, CURLUPART_PATH, copy.data);
    set_part(http->url, CURLUPART_QUERY, query);
    bytes_done(&copy);
    curl_easy_setopt(http->easy, CURLOPT_CURLU, http->url);
    set_long(http->easy, CURLOPT_TIMEOUT_MS, timeout_ms);
    bytes_clear(&http->body);
    http->reason[0] = http->verdict[0] = '\0';
    http->status = 0;
}

/* libcurl's own text says less, and begins with the server's name. */
static void set_reason(struct http *http, CURLcode result)
{
    char of_tunnel[TUNNEL_REASON_SIZE] = "";
    const char *reason = http->reason;
    long error = 0;

    if (http->tunnel != NULL)
        tunnel_reason(http->tunnel, of_tunnel);
    curl_easy_getinfo(http->easy, CURLINFO_OS_ERRNO, &error);
    if (result == CURLE_WRITE_ERROR)
        reason = "the answer is longer than 128 MiB";
    else if (of_tunnel[0] != '\0')
        reason = of_tunnel;
    else if (result == CURLE_COULDNT_CONNECT && error != 0)
        reason = strerror((int)error);
    else if (http->reason[0] == '\0')
        reason = curl_easy_strerror(result);
    if (reason != http->reason)
        snprintf(http->reason, sizeof(http->reason), "%s", reason);
}

int http_finish(struct http *http, CURLcode result)
{
    curl_easy_getinfo(http->easy, CURLINFO_RESPONSE_CODE, &http->status);
    bytes_append(&http->body, NULL, 0);
    http->timed_out = result == CURLE_OPERATION_TIMEDOUT;
    if (result == CURLE_OK)
        return 0;
    if (result == CURLE_OUT_OF_MEMORY)
        memory_exhausted();
    set_reason(http, result);
    return -1;
}

int http_get(struct http *http, const char *target, int32_t timeout_ms)
{
    http_prepare(http, target, timeout_ms);
    return http_finish(http, curl_easy_perform(http->easy));
}

static struct curl_slist *add_header(struct curl_slist *headers, const char *header)
{
    struct curl_slist *longer = curl_slist_append(headers, header);

    if (longer == NULL)
        memory_exhausted();
    return longer;
}

/* The server refuses a change with another Host, since a web page can have its own name
 * resolved to the server's address. */
int http_change(struct http *http, const char *method, const char *target, int32_t timeout_ms)
{
    struct curl_slist *headers = add_header(NULL, "X-Tcpstore: 1");
    int status;

    headers = add_header(headers, "Host: localhost");
    set_text(http->easy, CURLOPT_CUSTOMREQUEST, method);
    curl_easy_setopt(http->easy, CURLOPT_HTTPHEADER, headers);
    status = http_get(http, target, timeout_ms);
    set_text(http->easy, CURLOPT_CUSTOMREQUEST, NULL);
    curl_easy_setopt(http->easy, CURLOPT_HTTPHEADER, NULL);
    curl_slist_free_all(headers);
    return status;
}

void http_done(struct http *http)
{
    curl_easy_cleanup(http->easy);
    curl_url_cleanup(http->url);
    bytes_done(&http->body);
}
