#include "tcpstore-cli/relay_state.h"

#include <stdio.h>

#include "tcpstore-cli/escape.h"

enum {
    ASK_MS = 3000,
    WORDS_MAX = 4096, /* bytes that are printed */
};

bool relay_state_ask(struct http *http, const struct options *options)
{
    static const char beginning[] = "this relay ";
    int32_t timeout_ms = options_timeout_ms(options);

    if (http_get(http, "/relay", timeout_ms < ASK_MS ? timeout_ms : ASK_MS))
        return false;
    return http->status == 200 && strncmp(http->body.data, beginning, strlen(beginning)) == 0;
}

void relay_state_print(const struct http *http)
{
    escape_print(stderr, "it is a relay, which says: %.*s", WORDS_MAX, http->body.data);
    if (strstr(http->body.data, "next: ") == NULL)
        fputs(
            "if its link is broken, it notices that within 30 s; see the network between it "
            "and "
            "its store\n",
            stderr);
}

/* curl has no shared secrets. */
void relay_state_suggest(const struct options *options)
{
    const struct endpoint *server = &options->http_server;
    const char *path = endpoint_unix_path(server);
    bool is_ipv6 = strchr(server->host, ':') != NULL;

    if (options_http_uses_tls(options))
        return;
    fputs("the address is a relay's: '", stderr);
    if (path != NULL)
        escape_print(stderr, "curl --unix-socket %s http://localhost", path);
    else
        escape_print(
            stderr, "curl http://%s%s%s:%d", is_ipv6 ? "[" : "", server->host,
            is_ipv6 ? "]" : "", server->port);
    fputs("/relay' shows how it is\n", stderr);
}
