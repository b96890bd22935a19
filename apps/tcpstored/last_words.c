#include "tcpstored/last_words.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "tcpstored/log.h"
#include "tcpstored/signal_kind.h"

enum {
    STACK_SIZE = 64 * 1024,
    DIED_OF_SIGNAL = 128, /* exit status if the signal does not kill, as a shell reports it */
    INIT = 1,
};

/* Async-signal-safe: the code that was interrupted may hold any lock. */
static void on_death(int number)
{
    char line[64];
    char name[SIGNAL_NAME_SIZE];
    sigset_t signals;

    stpcpy(stpcpy(line, "event=died signal="), signal_name(number, name));
    log_last_words(line);
    signal(number, SIG_DFL);
    sigemptyset(&signals);
    sigaddset(&signals, number);
    raise(number);
    pthread_sigmask(SIG_UNBLOCK, &signals, NULL);
    _exit(DIED_OF_SIGNAL + number); /* process 1 survives its own signals */
}

/* Whether its default action kills the process. */
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
        return signal_is_fault(number) || getpid() != INIT;
    }
}

static bool has_default_action(int number)
{
    struct sigaction action;

    return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_DFL;
}

/* After a stack overflow the handler needs a stack of its own. */
static void give_stack(void)
{
    static char bytes[STACK_SIZE];
    const stack_t stack = {.ss_sp = bytes, .ss_size = sizeof(bytes)};
    stack_t before;

    if (sigaltstack(NULL, &before) == 0 && before.ss_flags & SS_DISABLE)
        sigaltstack(&stack, NULL);
}

void last_words_install(void)
{
    struct sigaction action = {.sa_handler = on_death, .sa_flags = SA_ONSTACK};

    give_stack();
    sigfillset(&action.sa_mask);
    for (int number = 1; number < NSIG; number++) {
        if (kills(number) && has_default_action(number))
            sigaction(number, &action, NULL);
    }
}
