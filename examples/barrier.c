/*
 * Processes on many machines wait for each other.
 *
 *     barrier HOST PORT WORLD_SIZE
 */
#include <stdio.h>
#include <stdlib.h>

#include <tcpstore/client.h>

int main(int argc, char **argv)
{
    struct tcpstore_client_options options;
    struct tcpstore_client *client;
    struct tcpstore_error error;
    int64_t world_size;

    if (argc != 4) {
        fprintf(stderr, "usage: barrier HOST PORT WORLD_SIZE\n");
        return 2;
    }
    tcpstore_client_options_init(&options);
    options.host = argv[1];
    options.port = (uint16_t)strtoul(argv[2], NULL, 10);
    world_size = strtoll(argv[3], NULL, 10);

    if (tcpstore_client_connect(&options, &error, &client)) {
        fprintf(stderr, "barrier: %s\n", error.text);
        return 1;
    }
    if (tcpstore_barrier(
            client, tcpstore_text("start"), world_size, TCPSTORE_TIMEOUT, &error)) {
        fprintf(stderr, "barrier: %s\n", error.text);
        tcpstore_client_free(client);
        return 1;
    }
    printf("all %lld have joined\n", (long long)world_size);
    tcpstore_client_free(client);
    return 0;
}
