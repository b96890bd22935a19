#include "tcpstored/fatal_signals.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "tcpstored/log.h"
#include "tcpstored/record_file.h"
#include "tcpstored/signals.h"

enum {
    STACK_SIZE = 64 * 1024,
    SIGNAL_STATUS = 128, /* plus the signal: exit status if it does not kill, as in a shell */
    INIT_PID = 1,
};

/* Async-signal-safe: the interrupted code may hold any lock. */
static void on_death(int number)
{
    char line[64];
    char name[SIGNAL_NAME_SIZE];
    sigset_t signals;

    stpcpy(stpcpy(line, "event=died signal="), signal_name(number, name));
    log_death(line);
    if (signal_is_fault(number))
        record_file_dump();
    signal(number, SIG_DFL);
    sigemptyset(&signals);
    sigaddset(&signals, number);
    raise(number);
    pthread_sigmask(SIG_UNBLOCK, &signals, NULL);
    _exit(SIGNAL_STATUS + number); /* process 1 survives its own signals */
}

/* Whether the default action kills this process. */
static bool kills(int number)
{
    switch (number) {
    case SIGCHLD:
    case SIGCONT:
    case SIGKILL:
    case SIGSTOP:
    case SIGTSTP:
    case SIGTTIN:
    case SIGTTOU:
    case SIGURG:
    case SIGWINCH:
        return false;
    default:
        return signal_is_fault(number) || getpid() != INIT_PID;
    }
}

static bool has_default_action(int number)
{
    struct sigaction action;

    return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_DFL;
}

/* After a stack overflow the handler needs another stack. */
static void install_stack(void)
{
    static char bytes[STACK_SIZE];
    const stack_t stack = {.ss_sp = bytes, .ss_size = sizeof(bytes)};
    stack_t before;

    if (sigaltstack(NULL, &before) == 0 && before.ss_flags & SS_DISABLE)
        sigaltstack(&stack, NULL);
}

void fatal_signals_install(void)
{
    struct sigaction action = {.sa_handler = on_death, .sa_flags = SA_ONSTACK};

    install_stack();
    sigfillset(&action.sa_mask);
    for (int number = 1; number < NSIG; number++) {
        if (kills(number) && has_default_action(number))
            sigaction(number, &action, NULL);
    }
}
