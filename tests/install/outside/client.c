#include <stdio.h>
#include <tcpstore/client.h>

/* No server listens on port 1: the library's error message shows that it is linked. */
int main(void)
{
    struct tcpstore_client_options options;
    struct tcpstore_client *client;
    struct tcpstore_error error;

    tcpstore_client_options_init(&options);
    options.port = 1;
    options.connect_timeout_ms = 0;
    if (tcpstore_client_connect(&options, &error, &client) != TCPSTORE_ECONNECT)
        return 1;
    printf("%s\n", error.text);
    return 0;
}
