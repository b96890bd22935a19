/*
 * Happy path: connect, read a line, run it, until the end of input or `quit`; lines are kept in
 * ~/.tcpstore-cli_history.
 *
 * Ways to fail: no server, status 3; a terminal that libedit does not take, status 5. What
 * fails in a line is said, and the next line is read. A history that cannot be read or written
 * is gone without.
 */
#include "tcpstore-cli/prompt.h"

#include <histedit.h>
#include <locale.h>
#include <stdlib.h>

#include "tcpstore-cli/completion.h"
#include "tcpstore-cli/memory.h"

enum { HISTORY_LINES = 1000 };

struct prompt {
    struct session *session;
    EditLine *line;
    History *history;
    Tokenizer *tokenizer;
    struct bytes text;         /* in front of each line */
    struct bytes history_file; /* no data: none */
};

static struct prompt *prompt_of(EditLine *line)
{
    void *data = NULL;

    el_get(line, EL_CLIENTDATA, &data);
    return data;
}

static char *show_prompt(EditLine *line)
{
    return prompt_of(line)->text.data;
}

static void list_candidates(const struct key_list *found)
{
    putchar('\n');
    for (size_t i = 0; i < found->count; i++)
        printf("%s\n", (const char *)found->spans[i].bytes);
    fflush(stdout);
}

/* Inserts what is certain; where nothing is, lists what there is to choose from. */
static unsigned char insert(EditLine *line, const struct key_list *found, size_t typed)
{
    size_t common = completion_common(found);
    struct bytes more = {0};
    unsigned char result = CC_REFRESH;

    if (found->count == 0)
        return CC_ERROR;
    bytes_append(&more, (const char *)found->spans[0].bytes + typed, common - typed);
    if (found->count == 1)
        bytes_append_text(&more, " ");
    if (more.size > 0) {
        el_insertstr(line, more.data);
    } else {
        list_candidates(found);
        result = CC_REDISPLAY;
    }
    bytes_done(&more);
    return result;
}

static unsigned char complete(EditLine *line, int key)
{
    const LineInfo *info = el_line(line);
    struct key_list found = {0};
    struct bytes before = {0};
    unsigned char result;

    (void)key;
    bytes_append(&before, info->buffer, (size_t)(info->cursor - info->buffer));
    completion_collect(prompt_of(line)->session, before.data, &found);
    result = insert(line, &found, strlen(completion_word(before.data)));
    bytes_done(&before);
    key_list_done(&found);
    return result;
}

static int open_line(struct prompt *prompt)
{
    HistEvent event;

    prompt->line = el_init("tcpstore-cli", stdin, stdout, stderr);
    prompt->history = history_init();
    prompt->tokenizer = tok_init(NULL);
    if (prompt->line == NULL || prompt->history == NULL || prompt->tokenizer == NULL)
        return -1;
    history(prompt->history, &event, H_SETSIZE, HISTORY_LINES);
    history(prompt->history, &event, H_SETUNIQUE, 1);
    el_set(prompt->line, EL_CLIENTDATA, prompt);
    el_set(prompt->line, EL_PROMPT, show_prompt);
    el_set(prompt->line, EL_SIGNAL, 1); /* a signal finds the terminal as it was before */
    el_set(prompt->line, EL_EDITOR, "emacs");
    el_set(prompt->line, EL_HIST, history, prompt->history);
    el_set(prompt->line, EL_ADDFN, "complete", "complete the word", complete);
    el_set(prompt->line, EL_BIND, "^I", "complete", NULL);
    return 0;
}

static void close_line(struct prompt *prompt)
{
    if (prompt->tokenizer != NULL)
        tok_end(prompt->tokenizer);
    if (prompt->line != NULL)
        el_end(prompt->line);
    if (prompt->history != NULL)
        history_end(prompt->history);
}

static void load_history(struct prompt *prompt)
{
    const char *home = getenv("HOME");
    HistEvent event;

    if (home == NULL)
        return;
    bytes_append_text(&prompt->history_file, home);
    bytes_append_text(&prompt->history_file, "/.tcpstore-cli_history");
    history(prompt->history, &event, H_LOAD, prompt->history_file.data);
}

static void save_history(struct prompt *prompt)
{
    HistEvent event;

    if (prompt->history_file.data != NULL)
        history(prompt->history, &event, H_SAVE, prompt->history_file.data);
}

/* The program's name stands in front, as in argv. */
static char **words_of(const char **parts, int count)
{
    char **words = memory_resize(NULL, (size_t)count + 2, sizeof(*words));

    words[0] = (char *)"tcpstore-cli";
    for (int i = 0; i < count; i++)
        words[1 + i] = (char *)parts[i];
    words[1 + count] = NULL;
    return words;
}

static bool is_farewell(const char *word)
{
    return strcmp(word, "quit") == 0 || strcmp(word, "exit") == 0;
}

/* Returns whether it was the last line. */
static bool run_words(struct session *session, char **words, int count)
{
    struct options options = session->options;
    int kept;

    if (options_parse_line(count, words, &options, &kept))
        return false;
    if (options.help)
        command_list(stdout);
    else if (kept > 0 && is_farewell(words[1]))
        return true;
    else if (kept > 0)
        session_run(session, &options, words + 1, kept);
    return false;
}

static bool run_line(struct prompt *prompt, const char *line)
{
    const char **parts;
    char **words;
    int count;
    bool last;

    tok_reset(prompt->tokenizer);
    if (tok_str(prompt->tokenizer, line, &count, &parts)) {
        fputs("tcpstore-cli: a quote is open, or a backslash ends the line\n", stderr);
        return false;
    }
    words = words_of(parts, count);
    last = run_words(prompt->session, words, count + 1);
    free(words);
    return last;
}

static void read_lines(struct prompt *prompt)
{
    const char *line;
    HistEvent event;
    int size;
    bool last = false;

    while (!last && (line = el_gets(prompt->line, &size)) != NULL && size > 0) {
        if (line[strspn(line, " \t\n")] == '\0')
            continue;
        history(prompt->history, &event, H_ENTER, line);
        last = run_line(prompt, line);
    }
    if (!last)
        putchar('\n'); /* behind the prompt, at which Ctrl-D has ended the input */
}

static void greet(struct prompt *prompt)
{
    const char *server = tcpstore_client_server(prompt->session->client);

    printf("connected to %s; 'help' lists commands, Tab completes, 'quit' leaves\n", server);
    bytes_append_text(&prompt->text, server);
    bytes_append_text(&prompt->text, "> ");
}

enum status prompt_run(struct session *session)
{
    struct prompt prompt = {.session = session};
    enum status status = session_connect(session);

    if (status != STATUS_OK)
        return status;
    session->prompt = true;
    setlocale(LC_CTYPE, "");
    greet(&prompt);
    if (open_line(&prompt)) {
        fputs(
            "tcpstore-cli: this terminal cannot be used for a prompt; give a COMMAND\n",
            stderr);
        status = STATUS_FAILED;
    } else {
        load_history(&prompt);
        read_lines(&prompt);
        save_history(&prompt);
    }
    close_line(&prompt);
    bytes_done(&prompt.text);
    bytes_done(&prompt.history_file);
    return status;
}
