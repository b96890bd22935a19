/*
 * Puts load on a TCPStore server. Happy path: parse the flags, resolve the address, run the
 * scenario, print what it measured, exit with 0.
 *
 * Ways to fail, each reported on stderr: a wrong command line (exit status 2), anything else
 * (exit status 1).
 */
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include <tcpstore/version.h>

#include "common/descriptor_limit.h"
#include "common/standard_streams.h"
#include "tcpstore-bench/bench.h"
#include "tcpstore-bench/fail.h"
#include "tcpstore-bench/progress.h"
#include "tcpstore-bench/replay.h"
#include "tcpstore-bench/scenario.h"

enum { STATUS_OK = 0, STATUS_FAILED = 1, STATUS_USAGE = 2 };

static void take_unix_path(struct bench *bench, const char *path)
{
    struct sockaddr_un *address = (struct sockaddr_un *)&bench->address.storage;

    if (strlen(path) >= sizeof(address->sun_path))
        fail("--host %s: the path is longer than a Unix socket can have", bench->options.host);
    address->sun_family = AF_UNIX;
    memcpy(address->sun_path, path, strlen(path));
    bench->address.len = sizeof(*address);
}

static void resolve_name(struct bench *bench)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found;
    char port[8];
    int error;

    snprintf(port, sizeof(port), "%d", bench->options.server.port);
    error = getaddrinfo(bench->options.server.host, port, &hints, &found);
    if (error)
        fail("--host %s: %s", bench->options.host, gai_strerror(error));
    memcpy(&bench->address.storage, found->ai_addr, found->ai_addrlen);
    bench->address.len = found->ai_addrlen;
    freeaddrinfo(found);
}

static void resolve(struct bench *bench)
{
    const char *path = endpoint_unix_path(&bench->options.server);

    if (path != NULL)
        take_unix_path(bench, path);
    else
        resolve_name(bench);
}

static bool is_on_ipv4_loopback(const struct address *address)
{
    const struct sockaddr_in *in = (const struct sockaddr_in *)&address->storage;

    return in->sin_family == AF_INET && ntohl(in->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
}

static void choose_sources(struct bench *bench)
{
    bench->address.sources = (size_t)bench->options.sources;
    if (bench->address.sources > 0 && !is_on_ipv4_loopback(&bench->address))
        fail("--sources: only for a server on 127.0.0.0/8, not on %s", bench->options.host);
}

static uint8_t *make_value(size_t size)
{
    uint8_t *bytes = allocate(size, 1);

    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)('a' + i % 26);
    return bytes;
}

static void report_options(struct report *report, const struct options *options)
{
    report_count(report, "clients", (uint64_t)options->clients);
    report_count(report, "pipeline", (uint64_t)options->pipeline);
    report_count(report, "keys", options->keys);
    report_count(report, "value_bytes", options->value_size);
    if (options->rate)
        report_count(report, "rate_per_second", (uint64_t)options->rate);
}

static void measure(struct bench *bench)
{
    uint8_t *value = make_value(bench->options.value_size);

    bench->value = span_of(value, bench->options.value_size);
    choose_sources(bench);
    report_options(&bench->report, &bench->options);
    scenarios[bench->options.scenario].run(bench);
    progress_end();
    report_print(&bench->report, scenario_names[bench->options.scenario], bench->options.json);
    free(value);
}

static void replay(struct bench *bench)
{
    replay_run(bench);
    progress_end();
    report_print(&bench->report, "replay", bench->options.json);
}

static void run(struct bench *bench)
{
    descriptor_limit_raise();
    resolve(bench);
    if (bench->options.replay != NULL)
        replay(bench);
    else
        measure(bench);
}

int main(int argc, char **argv)
{
    struct bench bench = {0};

    if (standard_streams_fill("tcpstore-bench"))
        return STATUS_FAILED;
    if (options_parse(argc, argv, &bench.options))
        return STATUS_USAGE;
    if (bench.options.help)
        options_print_help();
    else if (bench.options.version)
        printf("tcpstore-bench %s\n", TCPSTORE_VERSION);
    else
        run(&bench);
    if (fflush(stdout))
        fail("cannot write to stdout");
    return STATUS_OK;
}
