#include "tcpstore-cli/line.h"

#include <stdio.h>
#include <strings.h>

#include "tcpstore-cli/help.h"
#include "tcpstore-cli/words.h"

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

static enum status run_words(struct session *session, char **words, int count)
{
    struct options options = session->options;
    int kept;

    if (options_parse_line(count, words, &options, &kept))
        return STATUS_USAGE;
    if (options.help)
        return help_answer(words + 1, kept);
    if (kept == 0)
        return refuse_flags_alone();
    return session_run(session, &options, words + 1, kept);
}

static enum line run_split(
    struct session *session, const struct words *words, enum status *ret_status)
{
    if (words->count == 1)
        return LINE_EMPTY;
    if (ends_all(words->items[1]))
        return LINE_LAST;
    *ret_status = run_words(session, words->items, words->count);
    return LINE_DONE;
}

enum line line_run(struct session *session, const char *text, enum status *ret_status)
{
    enum line line = LINE_DONE;
    struct words words;

    *ret_status = STATUS_OK;
    if (text[strspn(text, " \t")] == '#')
        return LINE_EMPTY;
    if (words_split(text, &words) == 0) {
        line = run_split(session, &words, ret_status);
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
