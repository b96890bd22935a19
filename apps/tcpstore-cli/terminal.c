#include "tcpstore-cli/terminal.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <uniwidth.h>

#include "common/clock.h"

enum { USUAL_WIDTH = 80 };

size_t terminal_width(int fd)
{
    struct winsize size;

    if (ioctl(fd, TIOCGWINSZ, &size) || size.ws_col == 0)
        return USUAL_WIDTH;
    return size.ws_col;
}

enum { GAP = 2 };

/* The columns of the terminal that it takes. */
static size_t width_of(struct tcpstore_span name)
{
    return (size_t)u8_width(name.bytes, name.size, "UTF-8");
}

static size_t widest(const struct key_list *names, size_t count)
{
    size_t max = 0;

    for (size_t i = 0; i < count; i++) {
        size_t width = width_of(names->spans[i]);

        if (width > max)
            max = width;
    }
    return max;
}

static void print_row(
    FILE *out, const struct key_list *names, size_t first, size_t step, size_t count,
    size_t column)
{
    for (size_t i = first; i < count; i += step) {
        struct tcpstore_span name = names->spans[i];

        fwrite(name.bytes, 1, name.size, out);
        if (i + step < count)
            fprintf(out, "%*s", (int)(column - width_of(name)), "");
    }
    fputc('\n', out);
}

void columns_print(FILE *out, const struct key_list *names, size_t max_names, size_t width)
{
    size_t count = names->count < max_names ? names->count : max_names;
    size_t column = widest(names, count) + GAP;
    size_t across = (width + GAP) / column;
    size_t rows;

    if (across == 0)
        across = 1;
    rows = (count + across - 1) / across;
    for (size_t row = 0; row < rows; row++)
        print_row(out, names, row, rows, count, column);
    if (names->count > count)
        fprintf(out, "and %zu more\n", names->count - count);
}

static void redraw(const char *text, uint64_t elapsed_ns)
{
    char time[32];
    int time_width = snprintf(time, sizeof(time), "%4.0f s  ", (double)elapsed_ns / 1e9);
    int left = (int)terminal_width(STDERR_FILENO) - time_width - 1;

    fprintf(stderr, "\r%s%.*s\033[K", time, left > 0 ? left : 0, text);
}

static void print_change(struct progress *progress, const char *text)
{
    if (progress->shown.data == NULL || strcmp(progress->shown.data, text) != 0)
        fprintf(stderr, "%s\n", text);
}

void progress_show(struct progress *progress, const char *text, uint64_t elapsed_ns)
{
    if (isatty(STDERR_FILENO))
        redraw(text, elapsed_ns);
    else
        print_change(progress, text);
    bytes_clear(&progress->shown);
    bytes_append_text(&progress->shown, text);
}

void progress_end(struct progress *progress)
{
    if (isatty(STDERR_FILENO) && progress->shown.data != NULL)
        fputc('\n', stderr);
    bytes_done(&progress->shown);
}

static int descriptor = -1;
static volatile sig_atomic_t received;

static void record(int number)
{
    int saved = errno;
    ssize_t written;

    (void)number;
    received = 1;
    eventfd_write(descriptor, 1);
    written = write(STDOUT_FILENO, "\n", 1); /* after the ^C that the terminal shows */
    (void)written;
    errno = saved;
}

void interrupt_open(void)
{
    descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

int interrupt_descriptor(void)
{
    return descriptor;
}

/* Without SA_RESTART, so that SIGINT also ends a blocked read or write. */
void interrupt_catch(void)
{
    const struct sigaction action = {.sa_handler = record};

    if (descriptor >= 0)
        sigaction(SIGINT, &action, NULL);
}

bool interrupt_was_received(void)
{
    return received != 0;
}

void interrupt_sleep_until(uint64_t time_ns)
{
    struct pollfd poll_of = {.fd = descriptor, .events = POLLIN};
    uint64_t now = clock_now();

    while (now < time_ns && !interrupt_was_received()) {
        uint64_t left = time_ns - now;
        struct timespec time = {
            .tv_sec = (time_t)(left / NS_PER_SECOND), .tv_nsec = (long)(left % NS_PER_SECOND)};

        ppoll(&poll_of, 1, &time, NULL);
        now = clock_now();
    }
}

bool interrupt_precedes_input(void)
{
    struct pollfd polls[] = {
        {.fd = STDIN_FILENO, .events = POLLIN}, {.fd = descriptor, .events = POLLIN}};

    while (!interrupt_was_received() && polls[0].revents == 0)
        poll(polls, sizeof(polls) / sizeof(polls[0]), -1);
    return interrupt_was_received();
}

static void change_mask(int how)
{
    sigset_t signals;

    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigprocmask(how, &signals, NULL);
}

void interrupt_block(void)
{
    change_mask(SIG_BLOCK);
}

void interrupt_unblock(void)
{
    eventfd_t ignored;

    change_mask(SIG_UNBLOCK);
    if (descriptor >= 0)
        eventfd_read(descriptor, &ignored);
    received = 0;
}
