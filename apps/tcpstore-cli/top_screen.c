#include "tcpstore-cli/top_screen.h"

#include <curses.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tcpstore-cli/top_model.h"

#include <term.h> /* last: it defines names such as columns */

enum {
    ESCAPE_MS = 25, /* after Esc, for the rest of a key's sequence */
    ESCAPE = 27,
    ERASE = 127,
    REDRAW = 12, /* Ctrl-L */
};

enum colour { GOOD = 1, UNSURE, BAD, BAD_TEXT, UNSURE_TEXT };

static const int caught[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};

enum { CAUGHT = sizeof(caught) / sizeof(caught[0]) };

static struct sigaction before[CAUGHT];
static volatile sig_atomic_t received;
static volatile sig_atomic_t is_to_stop;
static SCREEN *screen;
static bool is_open;

static void record(int number)
{
    if (number == SIGTSTP)
        is_to_stop = 1;
    else
        received = number;
}

/* Before ncurses, which leaves actions that are set. Its own one for SIGTSTP is off while it
 * writes to the terminal: a Ctrl-Z would then be lost. */
static void catch_signals(void)
{
    const struct sigaction action = {.sa_handler = record};

    received = is_to_stop = 0;
    for (size_t i = 0; i < CAUGHT; i++)
        sigaction(caught[i], &action, &before[i]);
}

static void release_signals(void)
{
    for (size_t i = 0; i < CAUGHT; i++)
        sigaction(caught[i], &before[i], NULL);
}

static void restore(void)
{
    if (is_open)
        endwin();
    is_open = false;
}

/* Texts are UTF-8 in every locale, as elsewhere in this program. */
static void set_locale(void)
{
    if (setlocale(LC_CTYPE, "") == NULL || strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
        setlocale(LC_CTYPE, "C.UTF-8");
}

static void set_colours(void)
{
    if (!has_colors())
        return;
    start_color();
    use_default_colors();
    init_pair(GOOD, COLOR_BLACK, COLOR_GREEN);
    init_pair(UNSURE, COLOR_BLACK, COLOR_YELLOW);
    init_pair(BAD, COLOR_WHITE, COLOR_RED);
    init_pair(BAD_TEXT, COLOR_RED, -1);
    init_pair(UNSURE_TEXT, COLOR_YELLOW, -1);
}

static void set_modes(void)
{
    cbreak();
    noecho();
    nonl();
    curs_set(0);
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    set_escdelay(ESCAPE_MS);
}

/* newterm leaks memory if the terminal is unknown. */
static bool is_known(void)
{
    int error;

    if (setupterm(NULL, STDOUT_FILENO, &error) != OK)
        return false;
    del_curterm(cur_term);
    return true;
}

int top_screen_open(void)
{
    static bool is_registered;

    set_locale();
    catch_signals();
    unsetenv("LINES"); /* ncurses would believe it after the size has changed */
    unsetenv("COLUMNS");
    screen = is_known() ? newterm(NULL, stdout, stdin) : NULL;
    if (screen == NULL) {
        release_signals();
        return -1;
    }
    is_open = true;
    if (!is_registered)
        atexit(restore);
    is_registered = true;
    set_colours();
    set_modes();
    return 0;
}

void top_screen_size(size_t *ret_lines, size_t *ret_columns)
{
    *ret_lines = (size_t)LINES;
    *ret_columns = (size_t)COLS;
}

/* Without colours, words and bold letters have to do. */
static attr_t attributes_of(enum sheet_style style)
{
    bool has = has_colors();

    switch (style) {
    case SHEET_DIM:
        return A_DIM;
    case SHEET_BOLD:
        return A_BOLD;
    case SHEET_REVERSE:
        return A_REVERSE;
    case SHEET_GOOD:
        return has ? COLOR_PAIR(GOOD) : A_REVERSE;
    case SHEET_UNSURE:
        return has ? COLOR_PAIR(UNSURE) : A_REVERSE;
    case SHEET_BAD:
        return has ? COLOR_PAIR(BAD) | A_BOLD : A_REVERSE | A_BOLD;
    case SHEET_BAD_TEXT:
        return has ? COLOR_PAIR(BAD_TEXT) | A_BOLD : A_BOLD;
    case SHEET_UNSURE_TEXT:
        return has ? COLOR_PAIR(UNSURE_TEXT) : A_NORMAL;
    case SHEET_PLAIN:
        break;
    }
    return A_NORMAL;
}

void top_screen_show(const struct sheet *sheet)
{
    erase();
    for (size_t i = 0; i < sheet->count; i++) {
        const struct piece *piece = &sheet->pieces[i];

        attrset((int)attributes_of(piece->style));
        mvaddstr((int)piece->line, (int)piece->column, piece->text);
    }
    attrset(A_NORMAL);
    refresh();
}

static uint32_t key_of(int code)
{
    static const struct {
        int code;
        enum top_key key;
    } keys[] = {
        {KEY_UP, TOP_UP},           {KEY_DOWN, TOP_DOWN},       {KEY_PPAGE, TOP_PAGE_UP},
        {KEY_NPAGE, TOP_PAGE_DOWN}, {KEY_HOME, TOP_HOME},       {KEY_END, TOP_END},
        {KEY_ENTER, TOP_ENTER},     {KEY_BACKSPACE, TOP_ERASE}, {KEY_DC, TOP_ERASE},
    };

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        if (keys[i].code == code)
            return keys[i].key;
    }
    return 0;
}

static uint32_t character_of(wint_t character)
{
    switch (character) {
    case '\r':
    case '\n':
        return TOP_ENTER;
    case '\b':
    case ERASE:
        return TOP_ERASE;
    case ESCAPE:
        return TOP_ESCAPE;
    case REDRAW:
        clearok(curscr, TRUE);
        return 0;
    default:
        return (uint32_t)character;
    }
}

bool top_screen_read(uint32_t *ret_key)
{
    wint_t code;
    int kind = get_wch(&code);

    if (kind == ERR)
        return false;
    *ret_key = kind == KEY_CODE_YES ? key_of((int)code) : character_of(code);
    return true;
}

int top_screen_signal(void)
{
    return received;
}

void top_screen_stop_if_asked(void)
{
    const struct sigaction stop = {.sa_handler = SIG_DFL};
    const struct sigaction action = {.sa_handler = record};

    if (!is_to_stop)
        return;
    is_to_stop = 0;
    endwin();
    sigaction(SIGTSTP, &stop, NULL);
    raise(SIGTSTP);
    sigaction(SIGTSTP, &action, NULL);
    clearok(curscr, TRUE);
    refresh();
}

void top_screen_close(void)
{
    restore();
    delscreen(screen);
    screen = NULL;
    release_signals();
}
