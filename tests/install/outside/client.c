#include <stdio.h>
#include <tcpstore/client.h>

/* There is no server on port 1: that the library says so shows that it is linked. */
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
