/*
 * Happy path: read the file when the prompt opens; add each line to it as soon as it is
 * entered, so that nothing is lost if the program is killed, and several prompts have one
 * history. Its format is libedit's own. A file that has become large keeps its last lines.
 *
 * Ways to fail: there is no home, or the file cannot be opened, read or written, or is none,
 * such as a FIFO or /dev/null: then lines are kept in memory alone. A symbolic link is
 * followed.
 */
#include "tcpstore-cli/history.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const char name_in_home[] = "/.tcpstore-cli_history";
static const char first_line[] = "_HiStOrY_V2_\n"; /* libedit reads no file without it */

enum {
    LINES_KEPT = 1000,
    FILE_BYTES_MAX = 1 << 20,
};

/* A descriptor of the file, or -1. Others may not read it: it holds the values that were typed.
 * O_NONBLOCK: opening a FIFO must not wait for its other end. */
static int open_file(const struct prompt_history *own, int flags, struct stat *ret_stat)
{
    int fd;

    if (own->file.data == NULL)
        return -1;
    fd = open(
        own->file.data, flags | O_RDWR | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
        S_IRUSR | S_IWUSR);
    if (fd < 0)
        return -1;
    if (fstat(fd, ret_stat) || !S_ISREG(ret_stat->st_mode)) {
        close(fd);
        return -1;
    }
    if ((ret_stat->st_mode & (S_IRWXG | S_IRWXO)) != 0)
        fchmod(fd, S_IRUSR | S_IWUSR);
    return fd;
}

static void append_encoded(const char *line, struct bytes *text)
{
    char code[sizeof("\\ooo")];

    for (; *line != '\0'; line++) {
        unsigned char byte = (unsigned char)*line;

        if (byte > ' ' && byte < 0x7F && byte != '\\') {
            bytes_append_byte(text, byte);
            continue;
        }
        snprintf(code, sizeof(code), "\\%03o", (unsigned)byte);
        bytes_append_text(text, code);
    }
    bytes_append_byte(text, '\n');
}

/* All or nothing, and for a file that others append to at the same time in one piece. */
static void append(int fd, off_t size, const struct bytes *text)
{
    int failed = write(fd, text->data, text->size) != (ssize_t)text->size;

    if (failed)
        failed = ftruncate(fd, size);
    (void)failed; /* then the last line is cut short */
}

static void append_line(int fd, off_t size, const char *line)
{
    struct bytes text = {0};

    if (size == 0)
        bytes_append_text(&text, first_line);
    append_encoded(line, &text);
    append(fd, size, &text);
    bytes_done(&text);
}

/* A prompt that shortens the file holds a lock on it. Ctrl-C ends the wait for that lock. */
static void save(const struct prompt_history *own, const char *line)
{
    struct stat stat;
    int fd = open_file(own, O_CREAT, &stat);

    if (fd < 0)
        return;
    if (flock(fd, LOCK_EX) == 0 && fstat(fd, &stat) == 0)
        append_line(fd, stat.st_size, line);
    close(fd);
}

static void append_all(const struct prompt_history *own, struct bytes *text)
{
    HistEvent event;

    bytes_append_text(text, first_line);
    for (int found = history(own->memory, &event, H_LAST); found != -1;
         found = history(own->memory, &event, H_PREV))
        append_encoded(event.str, text);
}

/* The lines in memory, which are the last ones, replace all. */
static void shorten(const struct prompt_history *own, int fd)
{
    struct bytes text = {0};

    append_all(own, &text);
    if (ftruncate(fd, 0) == 0)
        append(fd, 0, &text);
    bytes_done(&text);
}

static void load(struct prompt_history *own)
{
    struct stat stat;
    HistEvent event;
    int fd = open_file(own, 0, &stat);
    bool large;

    if (fd < 0)
        return;
    large = stat.st_size > FILE_BYTES_MAX && flock(fd, LOCK_EX | LOCK_NB) == 0;
    if (history(own->memory, &event, H_LOAD, own->file.data) > 0 && large)
        shorten(own, fd);
    close(fd);
}

int prompt_history_open(struct prompt_history *own)
{
    const char *home = getenv("HOME");
    HistEvent event;

    own->memory = history_init();
    if (own->memory == NULL)
        return -1;
    history(own->memory, &event, H_SETSIZE, LINES_KEPT);
    history(own->memory, &event, H_SETUNIQUE, 1);
    if (home != NULL && *home != '\0') {
        bytes_append_text(&own->file, home);
        bytes_append_text(&own->file, name_in_home);
    }
    load(own);
    return 0;
}

void prompt_history_add(struct prompt_history *own, const char *line)
{
    HistEvent event;

    history(own->memory, &event, H_ENTER, line);
    save(own, line);
}

void prompt_history_close(struct prompt_history *own)
{
    if (own->memory != NULL)
        history_end(own->memory);
    bytes_done(&own->file);
}
