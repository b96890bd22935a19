#include "tcpstore-cli/relay_state.h"

#include <stdio.h>

#include "tcpstore-cli/escape.h"
#include "tcpstore-cli/json_read.h"

enum {
    ASK_MS = 3000,
    WORDS_MAX = 4096, /* bytes that are printed */
};

static bool is_answered(struct http *http, const struct options *options, const char *path)
{
    int32_t timeout_ms = options_timeout_ms(options);

    return http_get(http, path, timeout_ms < ASK_MS ? timeout_ms : ASK_MS) == 0 &&
           http->status == 200;
}

bool relay_state_ask(struct http *http, const struct options *options)
{
    static const char beginning[] = "this relay ";

    return is_answered(http, options, "/relay") &&
           strncmp(http->body.data, beginning, strlen(beginning)) == 0;
}

/* NULL: there is none at that port. */
static const json_t *find_store(const json_t *stores, double port)
{
    for (size_t i = 0; i < json_array_size(stores); i++) {
        const json_t *store = json_array_get(stores, i);

        if (json_read_number(store, "port") == port)
            return store;
    }
    return NULL;
}

bool relay_state_lacks_port(struct http *http, const struct options *options, double port)
{
    json_t *answer;
    const json_t *store;
    bool is_lacking;

    if (!is_answered(http, options, "/v1/relay"))
        return false;
    answer = json_loadb(http->body.data, http->body.size, 0, NULL);
    store = find_store(json_object_get(answer, "stores"), port);
    is_lacking = json_is_false(json_object_get(store, "served"));
    json_decref(answer);
    return is_lacking;
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
    fputs("/relay' shows its state\n", stderr);
}
