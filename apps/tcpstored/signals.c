#include "tcpstored/signals.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <unistd.h>

#include "tcpstored/signal_kind.h"

enum { INIT = 1 };

static struct tcpstore_server *volatile server_to_stop;
static volatile sig_atomic_t last_signal;
static sigset_t stop_signals;

static void on_signal(int number)
{
    int error = errno;

    last_signal = number;
    tcpstore_server_stop(server_to_stop);
    errno = error;
}

static bool is_ignored(int number)
{
    struct sigaction action;

    return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

static void choose_stop_signals(void)
{
    sigemptyset(&stop_signals);
    sigaddset(&stop_signals, SIGTERM);
    sigaddset(&stop_signals, SIGINT);
    if (!is_ignored(SIGHUP))
        sigaddset(&stop_signals, SIGHUP);
}

void signals_init(void)
{
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    if (getpid() == INIT)
        signal(SIGCHLD, SIG_IGN);
    choose_stop_signals();
}

void signals_hold(void)
{
    sigprocmask(SIG_BLOCK, &stop_signals, NULL);
}

void signals_stop(struct tcpstore_server *server)
{
    const struct sigaction action = {
        .sa_handler = on_signal, .sa_mask = stop_signals, .sa_flags = SA_RESTART};

    server_to_stop = server;
    for (int number = 1; number < NSIG; number++) {
        if (sigismember(&stop_signals, number) == 1)
            sigaction(number, &action, NULL);
    }
    sigprocmask(SIG_UNBLOCK, &stop_signals, NULL);
}

const char *signals_last(void)
{
    static char name[SIGNAL_NAME_SIZE];

    return signal_name(last_signal, name);
}
