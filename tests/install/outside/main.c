#include <stdio.h>
#include <tcpstore/server.h>

int main(void)
{
    struct tcpstore_server_options options;
    struct tcpstore_server *server;
    struct tcpstore_error error;

    tcpstore_server_options_init(&options);
    if (tcpstore_server_new(&options, &error, &server)) {
        fprintf(stderr, "%s\n", error.text);
        return 1;
    }
    if (tcpstore_server_start(server, &error)) {
        fprintf(stderr, "%s\n", error.text);
        return 1;
    }
    printf("%s\n", tcpstore_server_address(server, 0));
    tcpstore_server_stop(server);
    tcpstore_server_free(server);
    return 0;
}
