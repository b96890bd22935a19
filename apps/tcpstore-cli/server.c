#include <inttypes.h>
#include <stdio.h>

#include <jansson.h>

#include "tcpstore-cli/clock.h"
#include "tcpstore-cli/commands.h"
#include "tcpstore-cli/json_bytes.h"
#include "tcpstore-cli/report.h"

enum status command_nkeys(const struct call *call)
{
    struct tcpstore_error error;
    int64_t count;

    if (tcpstore_num_keys(call->client, &error, &count))
        return report_error(&error);
    if (call->options->json)
        printf("{\"keys\":%" PRId64 "}\n", count);
    else
        printf("%" PRId64 "\n", count);
    return STATUS_OK;
}

enum status command_ping(const struct call *call)
{
    const char *server = tcpstore_client_server(call->client);
    int64_t start = clock_now_us();
    struct tcpstore_error error;
    double seconds;

    if (tcpstore_ping(call->client, &error))
        return report_error(&error);
    seconds = (double)(clock_now_us() - start) / 1e6;
    if (call->options->json) {
        json_t *object = json_object();

        json_bytes_set(object, "server", json_bytes_of(tcpstore_text(server)));
        json_bytes_set(object, "seconds", json_real(seconds));
        json_bytes_print(object);
    } else {
        printf("%s answers after %.3f ms\n", server, seconds * 1000);
    }
    return STATUS_OK;
}
