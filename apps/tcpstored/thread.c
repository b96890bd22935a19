#include "tcpstored/thread.h"

#include <pthread.h>
#include <signal.h>

#include "tcpstored/signal_kind.h"

enum { STACK_BYTES = 256 * 1024 };

/* A fault that is blocked kills without its handler. */
static sigset_t blocked_signals(void)
{
    sigset_t signals;

    sigfillset(&signals);
    for (int number = 1; number < NSIG; number++) {
        if (signal_is_fault(number))
            sigdelset(&signals, number);
    }
    return signals;
}

int thread_start(void *(*run)(void *argument), void *argument)
{
    sigset_t blocked = blocked_signals();
    sigset_t before;
    pthread_attr_t attributes;
    pthread_t thread;
    int error = pthread_attr_init(&attributes);

    if (error)
        return error;
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    pthread_sigmask(SIG_SETMASK, &blocked, &before);
    error = pthread_create(&thread, &attributes, run, argument);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return error;
}
