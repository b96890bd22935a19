/*
 * Happy path: split the line into words, parse its flags, connect if necessary, run the
 * command, flush its output.
 *
 * Ways to fail: an open quote; a wrong flag or argument; no server answers, at once or, with
 * --wait, within --timeout; the command fails; stdout cannot be written. A connection that is
 * lost during a command is made again for the next one.
 */
#include "tcpstore-cli/command_line.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "tcpstore-cli/commands.h"
#include "tcpstore-cli/output.h"
#include "tcpstore-cli/report.h"

static const char spaces[] = " \t\r\n";

/* Like argv. */
struct words {
    char **items;
    int count;
    size_t capacity;
    char *text; /* of all words */
};

static void add(struct words *words, char *word)
{
    if ((size_t)words->count + 2 > words->capacity) {
        words->capacity = memory_grown(words->capacity, (size_t)words->count + 2);
        words->items = memory_resize(words->items, words->capacity, sizeof(*words->items));
    }
    words->items[words->count++] = word;
    words->items[words->count] = NULL;
}

/* Whether a backslash makes the next character ordinary. */
static bool is_escape(char quote, const char *at)
{
    if (*at != '\\' || quote == '\'')
        return false;
    return quote == '\0' || at[1] == '"' || at[1] == '\\';
}

static bool is_quote(char quote, char character)
{
    return quote == '\0' ? character == '\'' || character == '"' : character == quote;
}

/* Copies one word to `*end`, which moves, and returns the rest of the line, or NULL if a quote
 * is open or a backslash ends the line. */
static const char *copy_word(const char *at, char **end)
{
    char quote = '\0';

    while (*at != '\0' && (quote != '\0' || strchr(spaces, *at) == NULL)) {
        if (is_quote(quote, *at)) {
            quote = quote == '\0' ? *at : '\0';
            at++;
            continue;
        }
        if (is_escape(quote, at))
            at++;
        if (*at == '\0')
            return NULL;
        *(*end)++ = *at++;
    }
    *(*end)++ = '\0';
    return quote == '\0' ? at : NULL;
}

/* Puts the program's name before the words, as in argv. Returns -1 as copy_word does;
 * words_done is needed in any case. */
static int words_split(const char *line, struct words *ret_words)
{
    char *end = memory_resize(NULL, strlen(line) + 2, 1);

    *ret_words = (struct words){.text = end};
    add(ret_words, (char *)"tcpstore-cli");
    line += strspn(line, spaces);
    while (*line != '\0') {
        add(ret_words, end);
        line = copy_word(line, &end);
        if (line == NULL)
            return -1;
        line += strspn(line, spaces);
    }
    return 0;
}

static void words_done(struct words *words)
{
    free(words->items);
    free(words->text);
}

/* A command that takes a VALUE takes all words after its first argument. */
static bool is_argument(char **words, int count)
{
    const struct command *command = count > 1 ? command_find(words[0]) : NULL;

    return command != NULL && (command->flags & COMMAND_VALUE) != 0 &&
           (command->max_arguments < 0 || count - 1 < command->max_arguments);
}

static bool needs_server(const struct options *options, const char *name)
{
    const struct command *command = name != NULL ? command_find(name) : NULL;

    if (options->help || options->version)
        return false;
    return command == NULL || (command->flags & COMMAND_OFFLINE) == 0;
}

int command_line_parse(int argc, char **argv, struct options *options, int *ret_count)
{
    if (options_parse(argc, argv, is_argument, options, ret_count))
        return -1;
    if (!needs_server(options, *ret_count > 0 ? argv[1] : NULL))
        return 0; /* even if the environment is wrong */
    return options_find_server(options);
}

/* All lines use one connection. */
static int parse_line(struct words *words, struct options *options, int *ret_count)
{
    const char *host = options->host;
    int port = options->port;
    bool wait = options->wait;

    if (command_line_parse(words->count, words->items, options, ret_count))
        return -1;
    if (options->host != host || options->port != port) {
        fputs(
            "tcpstore-cli: all lines use one server; start the program again for another\n",
            stderr);
        return -1;
    }
    if (options->wait != wait || options->version) {
        fprintf(
            stderr, "tcpstore-cli: --%s: not allowed in a line; start the program with it\n",
            options->version ? "version" : "wait");
        return -1;
    }
    return 0;
}

/* Does a store listen there? With --wait, waits for one. */
static enum status find_store(struct connection *connection, const struct operation *operation)
{
    enum status status = connection_open(connection, operation->options);
    struct tcpstore_error error;

    if (status != STATUS_OK)
        return status;
    return tcpstore_ping(connection->client, &error) ? report_error(&error) : STATUS_OK;
}

/* The server would count a connection as a client, so there is one only if it does not answer
 * over HTTP. */
static enum status run_over_http(
    struct connection *connection, const struct operation *operation)
{
    enum status status;

    connection_done(connection);
    connection->client = NULL;
    status = operation->command->run(operation);
    if (status != STATUS_NO_HTTP)
        return status;
    status = find_store(connection, operation);
    if (status == STATUS_OK && operation->options->wait)
        status = operation->command->run(operation);
    else if (status == STATUS_OK)
        status = STATUS_NO_HTTP;
    return status == STATUS_NO_HTTP ? report_no_http(operation) : status;
}

static enum status run_on_store(struct connection *connection, struct operation *operation)
{
    enum status status = STATUS_OK;

    if ((operation->command->flags & COMMAND_OFFLINE) == 0)
        status = connection_open(connection, operation->options);
    if (status != STATUS_OK)
        return status;
    operation->client = connection->client;
    return operation->command->run(operation);
}

static enum status run(struct connection *connection, struct operation *operation)
{
    enum status status = (operation->command->flags & COMMAND_HTTP) != 0
                             ? run_over_http(connection, operation)
                             : run_on_store(connection, operation);
    enum status flushed;

    flushed = output_flush();
    return status == STATUS_OK ? flushed : status;
}

enum status command_line_run(
    struct connection *connection, const struct options *options, char **words, int count)
{
    struct operation operation = {
        .command = command_find(words[0]),
        .options = options,
        .arguments = words + 1,
        .count = count - 1,
        .commands_from_stdin = connection->commands_from_stdin,
    };

    if (operation.command == NULL)
        return command_refuse_unknown(words[0]);
    if (!operation_is_valid(&operation))
        return STATUS_USAGE;
    return run(connection, &operation);
}

static enum status run_words(struct connection *connection, struct words *words)
{
    struct options options = connection->options;
    char **command = words->items + 1;
    int count;

    if (parse_line(words, &options, &count))
        return STATUS_USAGE;
    if (options.help)
        return command_print_help(count > 0 ? command[0] : NULL);
    if (count > 0)
        return command_line_run(connection, &options, command, count);
    fputs(
        "tcpstore-cli: no command in the line; the flags of a line apply to its command only\n",
        stderr);
    return STATUS_USAGE;
}

static bool is_quit(const char *word)
{
    return strcasecmp(word, "quit") == 0 || strcasecmp(word, "exit") == 0;
}

static enum line run_split(
    struct connection *connection, struct words *words, enum status *ret_status)
{
    if (words->count == 1)
        return LINE_EMPTY;
    if (is_quit(words->items[1]))
        return LINE_QUIT;
    *ret_status = run_words(connection, words);
    return LINE_DONE;
}

enum line line_run(struct connection *connection, const char *text, enum status *ret_status)
{
    enum line line = LINE_DONE;
    struct words words;

    *ret_status = STATUS_OK;
    if (text[strspn(text, " \t")] == '#')
        return LINE_EMPTY;
    if (words_split(text, &words) == 0) {
        line = run_split(connection, &words, ret_status);
    } else {
        fputs(
            "tcpstore-cli: a quote is open, or a backslash ends the line; put a backslash "
            "before "
            "one that is part of a word\n",
            stderr);
        *ret_status = STATUS_USAGE;
    }
    words_done(&words);
    return line;
}
