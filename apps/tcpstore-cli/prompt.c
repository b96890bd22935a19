/*
 * Happy path: connect, read a line, run it, until the end of input or `quit`. Ctrl-C cancels
 * the line, or what its command waits for.
 *
 * Ways to fail: no server, status 3; a terminal that libedit does not take, status 5. What
 * fails in a line is said, and the next line is read, over a new connection if the old one was
 * lost. A history that cannot be read or written is kept in memory.
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
    CANDIDATES_SHOWN = 100, /* more cannot be taken in, and would take the terminal for long */
};

struct prompt {
    struct connection *connection;
    EditLine *line;
    struct prompt_history history;
    struct completion completion;
    struct bytes text; /* in front of each line */
    bool cancelled;    /* the line, by Ctrl-C */
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
    columns_print(stdout, found, CANDIDATES_SHOWN, terminal_width(STDOUT_FILENO));
    fflush(stdout);
}

/* Inserts what is certain; where nothing is, or the locale lacks its characters, lists what
 * there is to choose from. */
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
    completion_collect(&prompt_of(line)->completion, before.data, &found);
    result = insert(line, &found, strlen(completion_word(before.data)));
    bytes_done(&before);
    key_list_done(&found);
    return result;
}

/* Only a key can move the cursor and draw it: ^E goes behind the line, and then the key that
 * cancel_here is bound to is as if typed, too. */
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

/* Wide, since libedit copies the narrow names and never frees them. */
static void bind_keys(EditLine *line)
{
    el_wset(line, EL_ADDFN, L"complete", L"complete the word", complete);
    el_set(line, EL_BIND, "^I", "complete", NULL);
    el_wset(line, EL_ADDFN, L"cancel", L"begin another line", cancel);
    el_set(line, EL_BIND, "^C", "cancel", NULL);
    el_wset(line, EL_ADDFN, L"cancel-here", L"the same, at the cursor", cancel_here);
    el_set(line, EL_BIND, "^[^C", "cancel-here", NULL);
    el_set(line, EL_SETTY, "-d", "-intr", NULL); /* while a line is edited, ^C is a key */
}

static int open_line(struct prompt *prompt)
{
    prompt->line = el_init("tcpstore-cli", stdin, stdout, stderr);
    if (prompt->line == NULL || prompt_history_open(&prompt->history))
        return -1;
    el_set(prompt->line, EL_CLIENTDATA, prompt);
    el_set(prompt->line, EL_PROMPT, show_prompt);
    el_set(prompt->line, EL_SIGNAL, 1); /* a signal finds the terminal as it was before */
    el_set(prompt->line, EL_EDITOR, "emacs");
    el_set(prompt->line, EL_HIST, history, prompt->history.memory);
    bind_keys(prompt->line);
    return 0;
}

static void close_line(struct prompt *prompt)
{
    if (prompt->line != NULL)
        el_end(prompt->line);
    prompt_history_close(&prompt->history);
    completion_done(&prompt->completion);
}

/* NULL: the input has ended. "": the line was cancelled, as it is by Ctrl-Z where no shell
 * could continue the program, which therefore does not stop. */
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
        putchar('\n'); /* behind the line, which stays on the terminal */
    if (prompt->cancelled || stopped)
        return "";
    return size > 0 ? line : NULL;
}

static void read_lines(struct prompt *prompt)
{
    enum line done = LINE_EMPTY;
    enum status ignored;
    const char *line;

    while (done != LINE_LAST && (line = read_line(prompt)) != NULL) {
        if (line[strspn(line, " \t\n")] == '\0')
            continue;
        prompt_history_add(&prompt->history, line);
        done = line_run(prompt->connection, line, &ignored);
    }
    if (done != LINE_LAST)
        putchar('\n'); /* behind the prompt, at which Ctrl-D has ended the input */
}

static void greet(struct prompt *prompt)
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
    struct prompt prompt = {.connection = connection, .completion = {.connection = connection}};
    enum status status;

    interrupt_open();
    status = connection_open(connection, &connection->options);
    if (status != STATUS_OK)
        return status;
    connection->lines = true;
    setlocale(LC_CTYPE, "");
    greet(&prompt);
    interrupt_catch();
    if (open_line(&prompt)) {
        fputs(
            "tcpstore-cli: this terminal cannot be used for a prompt; give a COMMAND\n",
            stderr);
        status = STATUS_FAILED;
    } else {
        read_lines(&prompt);
    }
    close_line(&prompt);
    bytes_done(&prompt.text);
    return status;
}
