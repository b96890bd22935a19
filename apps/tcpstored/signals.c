#include "tcpstored/signals.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>

static struct tcpstore_server *volatile server_to_stop;
static volatile sig_atomic_t last_signal;

static void on_signal(int number)
{
    int error = errno;

    last_signal = number;
    tcpstore_server_stop(server_to_stop);
    errno = error;
}

static sigset_t stop_signals(void)
{
    sigset_t signals;

    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    return signals;
}

void signals_hold(void)
{
    sigset_t signals = stop_signals();

    sigprocmask(SIG_BLOCK, &signals, NULL);
}

void signals_stop(struct tcpstore_server *server)
{
    sigset_t signals = stop_signals();
    struct sigaction action = {
        .sa_handler = on_signal, .sa_mask = signals, .sa_flags = SA_RESTART};

    server_to_stop = server;
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    sigprocmask(SIG_UNBLOCK, &signals, NULL);
}

const char *signals_last(void)
{
    return last_signal == SIGINT ? "SIGINT" : "SIGTERM";
}
