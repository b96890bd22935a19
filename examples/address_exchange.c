/*
 * Ranks exchange their addresses; some may be written in C, others in PyTorch.
 *
 *     address_exchange HOST PORT RANK WORLD_SIZE ADDRESS
 *
 * does the same as this Python code, with store = PrefixStore("job-1", TCPStore(HOST, PORT,
 * is_master=False)):
 *
 *     store.set(f"rank_{rank}", address)
 *     addresses = [store.get(f"rank_{i}") for i in range(world_size)]
 *     store.barrier("exchanged", world_size)
 */
#include <stdio.h>
#include <stdlib.h>

#include <tcpstore/client.h>

static struct tcpstore_span key_of(long rank, char key[32])
{
    snprintf(key, 32, "rank_%ld", rank);
    return tcpstore_text(key);
}

static int exchange(
    struct tcpstore_client *job, long rank, long world_size, const char *address,
    struct tcpstore_error *error)
{
    char key[32];
    int code = tcpstore_set(job, key_of(rank, key), tcpstore_text(address), error);

    for (long i = 0; i < world_size && code == 0; i++) {
        struct tcpstore_value peer;

        code = tcpstore_get(job, key_of(i, key), TCPSTORE_TIMEOUT, error, &peer);
        if (code == 0) {
            printf("rank %ld is at %s\n", i, (const char *)peer.bytes);
            tcpstore_value_free(&peer);
        }
    }
    if (code == 0)
        code = tcpstore_barrier(
            job, tcpstore_text("exchanged"), world_size, TCPSTORE_TIMEOUT, error);
    return code;
}

int main(int argc, char **argv)
{
    struct tcpstore_client_options options;
    struct tcpstore_client *client, *job;
    struct tcpstore_error error;
    int code;

    if (argc != 6) {
        fprintf(stderr, "usage: address_exchange HOST PORT RANK WORLD_SIZE ADDRESS\n");
        return 2;
    }
    tcpstore_client_options_init(&options);
    options.host = argv[1];
    options.port = (uint16_t)strtoul(argv[2], NULL, 10);

    code = tcpstore_client_connect(&options, &error, &client);
    if (code)
        goto fail;
    code = tcpstore_client_prefix(client, "job-1", &error, &job);
    if (code)
        goto fail_prefix;
    code = exchange(job, strtol(argv[3], NULL, 10), strtol(argv[4], NULL, 10), argv[5], &error);
    tcpstore_client_free(job);
fail_prefix:
    tcpstore_client_free(client);
fail:
    if (code)
        fprintf(stderr, "address_exchange: %s\n", error.text);
    return code ? 1 : 0;
}
