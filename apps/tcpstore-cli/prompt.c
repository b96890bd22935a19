/*
 * Happy path: connect, read a line, run it, until the end of input or `quit`. Ctrl-C cancels
 * the line, or what its command waits for.
 *
 * Ways to fail: no server, status 3; a terminal that libedit does not support, status 5. The
 * failure of a line is reported, and the next line is read, over a new connection if the old
 * one was lost. A history that cannot be read or written is kept in memory.
 */
#include "tcpstore-cli/prompt.h"

#include <errno.h>
#include <histedit.h>
#include <locale.h>
#include <string.h>
#include <unistd.h>

#include "tcpstore-cli/command_line.h"
#include "tcpstore-cli/completion.h"
#include "tcpstore-cli/escape.h"
#include "tcpstore-cli/history.h"
#include "tcpstore-cli/terminal.h"

enum {
    CANDIDATES_SHOWN = 100, /* more would be hard to read, and slow on some terminals */
};

struct prompt {
    struct connection *connection;
    EditLine *line;
    struct prompt_history history;
    struct completion completion;
    struct bytes text; /* shown before each line */
    bool cancelled;    /* Ctrl-C cancelled the line */
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

static void print_candidates(const struct key_list *found)
{
    putchar('\n');
    columns_print(stdout, found, CANDIDATES_SHOWN, terminal_width(STDOUT_FILENO));
    fflush(stdout);
}

/* Inserts what all candidates have in common. Lists them if that is nothing, or if the locale
 * lacks its characters. */
static unsigned char insert(EditLine *line, const struct key_list *found, size_t typed)
{
    size_t common = completion_common(found);
    struct bytes more = {0};
    unsigned char result = CC_REFRESH;

    if (found->count == 0)
        return CC_ERROR;
    if (common > typed)
        bytes_append(&more, (const char *)found->spans[0].bytes + typed, common - typed);
    if (found->count == 1)
        bytes_append_text(&more, " ");
    if (more.size == 0 || el_insertstr(line, more.data) != 0) {
        print_candidates(found);
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
    completion_collect(&prompt_of(line)->completion, before.data, &found);
    result = insert(line, &found, strlen(completion_word(before.data)));
    bytes_done(&before);
    key_list_done(&found);
    return result;
}

/* Only a key can move the cursor and draw it. So this types ^E, which goes to the end of the
 * line, and then the key that is bound to cancel_here. */
static unsigned char cancel(EditLine *line, int key)
{
    (void)key;
    el_wpush(line, L"\005\033\003");
    return CC_NORM;
}

static unsigned char cancel_here(EditLine *line, int key)
{
    (void)key;
    puts("^C");
    fflush(stdout);
    prompt_of(line)->cancelled = true;
    return CC_NEWLINE;
}

/* The names are wide: libedit copies narrow ones and never frees them. */
static void bind_keys(EditLine *line)
{
    el_wset(line, EL_ADDFN, L"complete", L"complete the word", complete);
    el_set(line, EL_BIND, "^I", "complete", NULL);
    el_wset(line, EL_ADDFN, L"cancel", L"begin another line", cancel);
    el_set(line, EL_BIND, "^C", "cancel", NULL);
    el_wset(line, EL_ADDFN, L"cancel-here", L"begin another line at the cursor", cancel_here);
    el_set(line, EL_BIND, "^[^C", "cancel-here", NULL);
    el_set(line, EL_SETTY, "-d", "-intr", NULL); /* ^C is a key while a line is edited */
}

static int open_editor(struct prompt *prompt)
{
    prompt->line = el_init("tcpstore-cli", stdin, stdout, stderr);
    if (prompt->line == NULL || prompt_history_open(&prompt->history))
        return -1;
    el_set(prompt->line, EL_CLIENTDATA, prompt);
    el_set(prompt->line, EL_PROMPT, show_prompt);
    el_set(prompt->line, EL_SIGNAL, 1); /* restores the terminal at a signal */
    el_set(prompt->line, EL_EDITOR, "emacs");
    el_set(prompt->line, EL_HIST, history, prompt->history.memory);
    bind_keys(prompt->line);
    return 0;
}

static void close_editor(struct prompt *prompt)
{
    if (prompt->line != NULL)
        el_end(prompt->line);
    prompt_history_close(&prompt->history);
    completion_done(&prompt->completion);
}

/* Returns NULL at the end of input, and "" if the line was cancelled. Ctrl-Z cancels it where
 * no shell could continue the program; the program does not stop there. */
static const char *read_line(struct prompt *prompt)
{
    const char *line;
    bool stopped;
    int size;

    prompt->cancelled = false;
    interrupt_block();
    line = el_gets(prompt->line, &size);
    stopped = size < 0 && errno == EINTR;
    interrupt_unblock();
    if (stopped)
        putchar('\n'); /* after the line, which stays on the terminal */
    if (prompt->cancelled || stopped)
        return "";
    return size > 0 ? line : NULL;
}

static void read_lines(struct prompt *prompt)
{
    enum line line = LINE_EMPTY;
    enum status ignored;
    const char *text;

    while (line != LINE_QUIT && (text = read_line(prompt)) != NULL) {
        if (text[strspn(text, " \t\n")] == '\0')
            continue;
        prompt_history_add(&prompt->history, text);
        line = line_run(prompt->connection, text, &ignored);
    }
    if (line != LINE_QUIT)
        putchar('\n'); /* after the prompt, at which Ctrl-D ended the input */
}

static void print_banner(struct prompt *prompt)
{
    const char *server = tcpstore_client_server(prompt->connection->client);

    escape_append(&prompt->text, tcpstore_text(server));
    printf(
        "connected to %s; 'help' lists commands, Tab completes, 'quit' leaves\n",
        prompt->text.data);
    bytes_append_text(&prompt->text, "> ");
}

enum status prompt_run(struct connection *connection)
{
    struct prompt prompt = {
        .connection = connection, .completion = {.options = &connection->options}};
    enum status status;

    interrupt_open();
    status = connection_open(connection, &connection->options);
    if (status != STATUS_OK)
        return status;
    connection->commands_from_stdin = true;
    setlocale(LC_CTYPE, "");
    print_banner(&prompt);
    interrupt_catch();
    if (open_editor(&prompt)) {
        fputs(
            "tcpstore-cli: this terminal cannot be used for a prompt; give a COMMAND\n",
            stderr);
        status = STATUS_FAILED;
    } else {
        read_lines(&prompt);
    }
    close_editor(&prompt);
    bytes_done(&prompt.text);
    return status;
}
