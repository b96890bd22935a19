/*
 * Happy path: read the file when the prompt opens; append each line as soon as it is entered,
 * so that no line is lost if the program is killed, and all prompts share one history. The
 * format is libedit's. A file that has become large is cut to its last lines.
 *
 * Ways to fail: HOME is not set; the file cannot be opened, read or written; it is not a
 * regular file, but for example a FIFO or /dev/null. Then lines are kept in memory only. A
 * symbolic link is followed.
 */
#include "tcpstore-cli/history.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const char name_in_home[] = "/.tcpstore-cli_history";
static const char first_line[] = "_HiStOrY_V2_\n"; /* libedit requires it */

enum {
    LINES_KEPT = 1000,
    FILE_BYTES_MAX = 1 << 20,
};

/* Returns a descriptor or -1. Only the owner may read the file, since it holds values that were
 * typed. O_NONBLOCK: opening a FIFO must not wait for its other end. */
static int open_file(const struct prompt_history *lines, int flags, struct stat *ret_stat)
{
    int fd;

    if (lines->file.data == NULL)
        return -1;
    fd = open(
        lines->file.data, flags | O_RDWR | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
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

/* Writes all or nothing, and in one piece, since other prompts may append, too. */
static void append(int fd, off_t size, const struct bytes *text)
{
    int failed = write(fd, text->data, text->size) != (ssize_t)text->size;

    if (failed)
        failed = ftruncate(fd, size);
    (void)failed; /* then the last line remains incomplete */
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

/* Waits for a prompt that shortens the file, which holds a lock. Ctrl-C ends this wait. */
static void save(const struct prompt_history *lines, const char *line)
{
    struct stat stat;
    int fd = open_file(lines, O_CREAT, &stat);

    if (fd < 0)
        return;
    if (flock(fd, LOCK_EX) == 0 && fstat(fd, &stat) == 0)
        append_line(fd, stat.st_size, line);
    close(fd);
}

static void append_all(const struct prompt_history *lines, struct bytes *text)
{
    HistEvent event;

    bytes_append_text(text, first_line);
    for (int found = history(lines->memory, &event, H_LAST); found != -1;
         found = history(lines->memory, &event, H_PREV))
        append_encoded(event.str, text);
}

/* Replaces all lines by those in memory, which are the last ones. */
static void shorten(const struct prompt_history *lines, int fd)
{
    struct bytes text = {0};

    append_all(lines, &text);
    if (ftruncate(fd, 0) == 0)
        append(fd, 0, &text);
    bytes_done(&text);
}

static void load(struct prompt_history *lines)
{
    struct stat stat;
    HistEvent event;
    int fd = open_file(lines, 0, &stat);
    bool large;

    if (fd < 0)
        return;
    large = stat.st_size > FILE_BYTES_MAX && flock(fd, LOCK_EX | LOCK_NB) == 0;
    if (history(lines->memory, &event, H_LOAD, lines->file.data) > 0 && large)
        shorten(lines, fd);
    close(fd);
}

int prompt_history_open(struct prompt_history *lines)
{
    const char *home = getenv("HOME");
    HistEvent event;

    lines->memory = history_init();
    if (lines->memory == NULL)
        return -1;
    history(lines->memory, &event, H_SETSIZE, LINES_KEPT);
    history(lines->memory, &event, H_SETUNIQUE, 1);
    if (home != NULL && *home != '\0') {
        bytes_append_text(&lines->file, home);
        bytes_append_text(&lines->file, name_in_home);
    }
    load(lines);
    return 0;
}

void prompt_history_add(struct prompt_history *lines, const char *line)
{
    HistEvent event;

    history(lines->memory, &event, H_ENTER, line);
    save(lines, line);
}

void prompt_history_close(struct prompt_history *lines)
{
    if (lines->memory != NULL)
        history_end(lines->memory);
    bytes_done(&lines->file);
}
