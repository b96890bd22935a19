#include "tcpstore-cli/interrupt.h"

#include <errno.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

static int descriptor = -1;
static volatile sig_atomic_t has_come;

static void note(int number)
{
    int saved = errno;
    ssize_t new_line;

    (void)number;
    has_come = 1;
    eventfd_write(descriptor, 1);
    new_line = write(STDOUT_FILENO, "\n", 1); /* behind the ^C that the terminal shows */
    (void)new_line;
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

/* Without SA_RESTART: a file or a terminal that blocks is given up, too. */
void interrupt_catch(void)
{
    const struct sigaction action = {.sa_handler = note};

    if (descriptor >= 0)
        sigaction(SIGINT, &action, NULL);
}

bool interrupt_has_come(void)
{
    return has_come != 0;
}

static void change_mask(int how)
{
    sigset_t signals;

    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigprocmask(how, &signals, NULL);
}

void interrupt_hold(void)
{
    change_mask(SIG_BLOCK);
}

void interrupt_release(void)
{
    eventfd_t ignored;

    change_mask(SIG_UNBLOCK);
    if (descriptor >= 0)
        eventfd_read(descriptor, &ignored);
    has_come = 0;
}
