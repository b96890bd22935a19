#include "tcpstored/background.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "tcpstored/signal_kind.h"

enum { STACK_BYTES = 256 * 1024 };

struct piece {
    background_fn *work;
    void *context;
    int awaited; /* 1, or 0 if background_wait does not wait for it */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_cond_t ended; /* by the monotonic clock */
static int running;          /* that are awaited */

static void init_condition(void)
{
    pthread_condattr_t attributes;

    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&ended, &attributes);
    pthread_condattr_destroy(&attributes);
}

static void count(int change)
{
    pthread_mutex_lock(&lock);
    running += change;
    pthread_cond_signal(&ended);
    pthread_mutex_unlock(&lock);
}

static void *run(void *argument)
{
    struct piece piece = *(struct piece *)argument;

    free(argument);
    piece.work(piece.context);
    count(-piece.awaited);
    return NULL;
}

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

static int start_thread(struct piece *piece)
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
    error = pthread_create(&thread, &attributes, run, piece);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return error;
}

static int start(background_fn *work, void *context, int awaited)
{
    struct piece *piece = malloc(sizeof(*piece));
    int error;

    if (piece == NULL)
        return ENOMEM;
    pthread_once(&once, init_condition);
    *piece = (struct piece){work, context, awaited};
    count(awaited);
    error = start_thread(piece);
    if (error) {
        count(-awaited);
        free(piece);
    }
    return error;
}

int background_start(background_fn *work, void *context)
{
    return start(work, context, 1);
}

int background_start_unawaited(background_fn *work, void *context)
{
    return start(work, context, 0);
}

void background_wait(int seconds)
{
    struct timespec deadline;
    int status = 0;

    pthread_once(&once, init_condition);
    clock_gettime(CLOCK_MONOTONIC, &deadline);
    deadline.tv_sec += seconds;
    pthread_mutex_lock(&lock);
    while (running > 0 && status == 0)
        status = pthread_cond_timedwait(&ended, &lock, &deadline);
    pthread_mutex_unlock(&lock);
}
