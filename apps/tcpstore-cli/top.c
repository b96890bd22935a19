/*
 * The full screen: the verdict, and hosts, waits, clients or keys, refreshed.
 *
 * Ways to fail: there is no terminal, or ncurses does not know it; the server speaks no HTTP
 * when it is asked first. Later, a server that does not answer is shown, and asked again.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/clock.h"
#include "tcpstore-cli/escape.h"
#include "tcpstore-cli/top_feed.h"
#include "tcpstore-cli/top_layout.h"
#include "tcpstore-cli/top_screen.h"
#include "tcpstore-cli/verbs.h"

enum { WAIT_MS = 250 /* so often, the time without an answer is shown */ };

struct top {
    struct top_model model;
    struct top_feed feed;
    struct bytes server;
    bool has_ended;
};

static void draw(struct top *top)
{
    struct sheet sheet = {0};

    top_screen_size(&sheet.lines, &sheet.columns);
    top_lay_out(&top->model, top->server.data, clock_now(), &sheet);
    top_screen_show(&sheet);
    sheet_done(&sheet);
}

static void take_keys(struct top *top)
{
    uint32_t key;

    while (!top->has_ended && top_screen_read(&key)) {
        enum top_action action = top_press(&top->model, key);

        top->has_ended = action == TOP_QUIT;
        if (action == TOP_FETCH)
            top_feed_hurry(&top->feed);
    }
}

/* The terminal is closed, and SIGHUP was ignored. */
static bool has_hung_up(void)
{
    struct pollfd poll_of = {.fd = STDIN_FILENO};

    return poll(&poll_of, 1, 0) == 1 && (poll_of.revents & (POLLHUP | POLLERR)) != 0;
}

static void run(struct top *top)
{
    while (!top->has_ended && top_screen_signal() == 0 && !has_hung_up()) {
        draw(top);
        top_feed_run(&top->feed, STDIN_FILENO, WAIT_MS);
        take_keys(top);
        top_screen_stop_if_asked();
    }
}

static void append_server(const struct options *options, struct bytes *text)
{
    const struct endpoint *server = &options->http_server;
    char port[sizeof(":65535")] = "";

    if (endpoint_unix_path(server) == NULL)
        snprintf(port, sizeof(port), ":%u", (unsigned)server->port & UINT16_MAX);
    escape_append_printed(text, server->host);
    bytes_append_text(text, port);
    if (options->store == NULL)
        return;
    bytes_append_text(text, " ");
    escape_append_printed(text, options->store);
}

/* Ctrl-C is the usual way out; other signals end the program as they would without us. */
static void pass_on(int number)
{
    if (number != 0 && number != SIGINT)
        raise(number);
}

/* On the screen, a store of no such name would look like one that has just been forgotten. */
static enum status check_store(struct diagnosis *diagnosis)
{
    struct bytes target = {0};
    enum status status;

    bytes_append_text(&target, "/v1/stat");
    diagnosis_add_store(diagnosis->operation, &target);
    status = diagnosis_get(diagnosis, target.data);
    bytes_done(&target);
    return status;
}

static enum status show(struct diagnosis *diagnosis)
{
    const struct options *options = diagnosis->operation->options;
    struct top top = {.has_ended = false};
    enum status status = check_store(diagnosis);
    int number;

    if (status != STATUS_OK)
        return status;
    if (top_screen_open())
        return operation_refuse(
            diagnosis->operation,
            "TERM=%s: ncurses does not know this terminal; try TERM=xterm",
            getenv("TERM") != NULL ? getenv("TERM") : "");
    append_server(options, &top.server);
    top_init(&top.model, &options->naming);
    top.model.answered_ns = clock_now();
    top_feed_init(&top.feed, diagnosis, &top.model);
    run(&top);
    number = top_screen_signal();
    top_screen_close();
    top_feed_done(&top.feed);
    top_done(&top.model);
    bytes_done(&top.server);
    pass_on(number);
    return STATUS_OK;
}

enum status command_top(const struct operation *operation)
{
    if (operation->options->json)
        return operation_refuse(
            operation, "--json does not apply to a screen; see why, stat and clients");
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return operation_refuse(
            operation, "needs a terminal for input and output; without one, use why or stat");
    return diagnosis_run(operation, show);
}
