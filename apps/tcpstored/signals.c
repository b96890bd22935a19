#include "tcpstored/signals.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

enum { INIT_PID = 1 };

static struct tcpstore_server *volatile server; /* that signals stop or ask */
static volatile sig_atomic_t last_signal;
static sigset_t stop_signals;
static sigset_t handled_signals; /* those, SIGUSR1 and SIGUSR2; SIGHUP if it reloads */
static bool reloads_by_hangup;

static void on_stop(int number)
{
    int error = errno;

    last_signal = number;
    tcpstore_server_stop(server);
    errno = error;
}

static void on_record(int number)
{
    int error = errno;

    (void)number;
    tcpstore_server_record(server);
    errno = error;
}

static void on_reload(int number)
{
    int error = errno;

    (void)number;
    tcpstore_server_reload(server);
    errno = error;
}

static void on_drain(int number)
{
    int error = errno;

    (void)number;
    tcpstore_server_drain(server);
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
    handled_signals = stop_signals;
    sigaddset(&handled_signals, SIGUSR1);
    sigaddset(&handled_signals, SIGUSR2);
}

void signals_init(void)
{
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    if (getpid() == INIT_PID)
        signal(SIGCHLD, SIG_IGN);
    choose_stop_signals();
}

void signals_reload_by_hangup(void)
{
    reloads_by_hangup = true;
    sigdelset(&stop_signals, SIGHUP);
    sigaddset(&handled_signals, SIGHUP);
}

void signals_block(void)
{
    sigprocmask(SIG_BLOCK, &handled_signals, NULL);
}

static void handle(int number, void (*handler)(int number))
{
    const struct sigaction action = {
        .sa_handler = handler, .sa_mask = handled_signals, .sa_flags = SA_RESTART};

    sigaction(number, &action, NULL);
}

void signals_unblock_for(struct tcpstore_server *of)
{
    server = of;
    for (int number = 1; number < NSIG; number++) {
        if (sigismember(&stop_signals, number) == 1)
            handle(number, on_stop);
    }
    if (reloads_by_hangup)
        handle(SIGHUP, on_reload);
    handle(SIGUSR1, on_record);
    handle(SIGUSR2, on_drain);
    sigprocmask(SIG_UNBLOCK, &handled_signals, NULL);
}

#define NAMED(name) \
    {               \
        name, #name \
    }

static const struct {
    int number;
    const char *name;
} names[] = {
    NAMED(SIGABRT), NAMED(SIGALRM), NAMED(SIGBUS),    NAMED(SIGFPE),    NAMED(SIGHUP),
    NAMED(SIGILL),  NAMED(SIGINT),  NAMED(SIGIO),     NAMED(SIGPROF),   NAMED(SIGPWR),
    NAMED(SIGQUIT), NAMED(SIGSEGV), NAMED(SIGSTKFLT), NAMED(SIGSYS),    NAMED(SIGTERM),
    NAMED(SIGTRAP), NAMED(SIGUSR1), NAMED(SIGUSR2),   NAMED(SIGVTALRM), NAMED(SIGXCPU),
};

const char *signal_name(int number, char text[SIGNAL_NAME_SIZE])
{
    char *at = text;

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (names[i].number == number)
            return names[i].name;
    }
    if (number >= 100)
        *at++ = (char)('0' + number / 100);
    if (number >= 10)
        *at++ = (char)('0' + number / 10 % 10);
    *at++ = (char)('0' + number % 10);
    *at = '\0';
    return text;
}

bool signal_is_fault(int number)
{
    switch (number) {
    case SIGABRT:
    case SIGBUS:
    case SIGFPE:
    case SIGILL:
    case SIGSEGV:
    case SIGSYS:
    case SIGTRAP:
        return true;
    default:
        return false;
    }
}

const char *signals_last(void)
{
    static char name[SIGNAL_NAME_SIZE];

    if (last_signal == 0)
        return NULL;
    return signal_name(last_signal, name);
}
