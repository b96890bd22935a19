/*
 * One process hands out tasks, and any number of others work on them.
 *
 *     work_queue HOST PORT put TASK…    pushes the tasks to the queue, in one round trip
 *     work_queue HOST PORT work COUNT   pops and prints that many, waiting for each
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tcpstore/client.h>

static int put(
    struct tcpstore_client *client, char **tasks, int count, struct tcpstore_error *error)
{
    struct tcpstore_batch *batch;
    int code = tcpstore_batch_new(client, error, &batch);

    if (code)
        return code;
    for (int i = 0; i < count && code == 0; i++)
        code = tcpstore_batch_queue_push(
            batch, tcpstore_text("tasks"), tcpstore_text(tasks[i]), error);
    if (code == 0)
        code = tcpstore_batch_ping(
            batch, error); /* its answer proves that the tasks have arrived */
    if (code == 0)
        code = tcpstore_batch_run(batch, TCPSTORE_TIMEOUT, error);
    tcpstore_batch_free(batch);
    return code;
}

static int work(struct tcpstore_client *client, long count, struct tcpstore_error *error)
{
    struct tcpstore_value task;

    for (long i = 0; i < count; i++) {
        int code =
            tcpstore_queue_pop(client, tcpstore_text("tasks"), TCPSTORE_TIMEOUT, error, &task);

        if (code)
            return code;
        printf("%s\n", (const char *)task.bytes);
        tcpstore_value_free(&task);
    }
    return 0;
}

int main(int argc, char **argv)
{
    struct tcpstore_client_options options;
    struct tcpstore_client *client;
    struct tcpstore_error error;
    int code;

    if (argc < 5 || (strcmp(argv[3], "put") != 0 && strcmp(argv[3], "work") != 0)) {
        fprintf(stderr, "usage: work_queue HOST PORT (put TASK… | work COUNT)\n");
        return 2;
    }
    tcpstore_client_options_init(&options);
    options.host = argv[1];
    options.port = (uint16_t)strtoul(argv[2], NULL, 10);

    code = tcpstore_client_connect(&options, &error, &client);
    if (code == 0) {
        if (strcmp(argv[3], "put") == 0)
            code = put(client, argv + 4, argc - 4, &error);
        else
            code = work(client, strtol(argv[4], NULL, 10), &error);
        tcpstore_client_free(client);
    }
    if (code)
        fprintf(stderr, "work_queue: %s\n", error.text);
    return code ? 1 : 0;
}
