/*
 * A process that contains the store and uses it as any other client does. It links with
 * libtcpstore, which has server and client; for the client alone, libtcpstore-client is enough.
 */
#include <stdio.h>

#include <tcpstore/client.h>
#include <tcpstore/server.h>

static int set_and_get(const struct tcpstore_server *server, struct tcpstore_error *error)
{
    struct tcpstore_client_options options;
    struct tcpstore_client *client;
    struct tcpstore_value value;
    int code;

    tcpstore_client_options_init(&options);
    options.port = tcpstore_server_port(server);
    code = tcpstore_client_connect(&options, error, &client);
    if (code)
        return code;
    code = tcpstore_set(client, tcpstore_text("hello"), tcpstore_text("world"), error);
    if (code == 0)
        code = tcpstore_get(client, tcpstore_text("hello"), TCPSTORE_TIMEOUT, error, &value);
    if (code == 0) {
        printf("hello %s\n", (const char *)value.bytes);
        tcpstore_value_free(&value);
    }
    tcpstore_client_free(client);
    return code;
}

int main(void)
{
    const char *const loopback[] = {"127.0.0.1"};
    struct tcpstore_server_options options;
    struct tcpstore_server *server;
    struct tcpstore_error error;
    int code;

    tcpstore_server_options_init(&options);
    options.addresses = loopback;
    options.address_count = 1;

    code = tcpstore_server_new(&options, &error, &server);
    if (code == 0) {
        code = tcpstore_server_start(server, &error);
        if (code == 0)
            code = set_and_get(server, &error);
        tcpstore_server_free(server);
    }
    if (code)
        fprintf(stderr, "embedded_server: %s\n", error.text);
    return code ? 1 : 0;
}
