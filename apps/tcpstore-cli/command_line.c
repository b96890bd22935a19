#include "tcpstore-cli/command_line.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tcpstore-cli/bytes.h"
#include "tcpstore-cli/help.h"

static const char spaces[] = " \t\r\n";

static void add(struct words *words, char *word)
{
    if ((size_t)words->count + 2 > words->capacity) {
        words->capacity = memory_grown(words->capacity, (size_t)words->count + 2);
        words->items = memory_resize(words->items, words->capacity, sizeof(*words->items));
    }
    words->items[words->count++] = word;
    words->items[words->count] = NULL;
}

/* The character behind a backslash is taken as it is; in double quotes only these two are. */
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

/* Copies one word to `*end`, which moves, and returns where the line goes on; NULL: the word
 * has no end. */
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

int words_split(const char *line, struct words *ret_words)
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

void words_done(struct words *words)
{
    free(words->items);
    free(words->text);
    *words = (struct words){0};
}

static bool ends_all(const char *word)
{
    return strcasecmp(word, "quit") == 0 || strcasecmp(word, "exit") == 0;
}

static enum status refuse_flags_alone(void)
{
    fputs(
        "tcpstore-cli: no command in the line; flags hold for the command of their line\n",
        stderr);
    return STATUS_USAGE;
}

static enum status run_words(struct connection *connection, char **words, int count)
{
    struct options options = connection->options;
    int kept;

    if (options_parse_line(count, words, &options, &kept))
        return STATUS_USAGE;
    if (options.help)
        return help_answer(words + 1, kept);
    if (kept == 0)
        return refuse_flags_alone();
    return connection_run(connection, &options, words + 1, kept);
}

static enum line run_split(
    struct connection *connection, const struct words *words, enum status *ret_status)
{
    if (words->count == 1)
        return LINE_EMPTY;
    if (ends_all(words->items[1]))
        return LINE_LAST;
    *ret_status = run_words(connection, words->items, words->count);
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
            "tcpstore-cli: a quote is open, or a backslash ends the line; to use one as it is, "
            "put a backslash before it\n",
            stderr);
        *ret_status = STATUS_USAGE;
    }
    words_done(&words);
    return line;
}
