#include "tcpstored/background.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "tcpstored/signals.h"

enum { STACK_BYTES = 256 * 1024 };

struct job {
    background_fn *work;
    void *context;
    int awaited; /* 1 if background_wait waits for it, otherwise 0 */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_cond_t finished; /* uses the monotonic clock */
static int running;             /* awaited jobs */

static void init_condition(void)
{
    pthread_condattr_t attributes;

    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&finished, &attributes);
    pthread_condattr_destroy(&attributes);
}

static void add_running(int change)
{
    pthread_mutex_lock(&lock);
    running += change;
    pthread_cond_signal(&finished);
    pthread_mutex_unlock(&lock);
}

static void *run(void *argument)
{
    struct job job = *(struct job *)argument;

    free(argument);
    job.work(job.context);
    add_running(-job.awaited);
    return NULL;
}

/* A blocked fault kills the process without running its handler. */
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

static int start_thread(struct job *job)
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
    error = pthread_create(&thread, &attributes, run, job);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return error;
}

static int start(background_fn *work, void *context, int awaited)
{
    struct job *job = malloc(sizeof(*job));
    int error;

    if (job == NULL)
        return ENOMEM;
    pthread_once(&once, init_condition);
    *job = (struct job){work, context, awaited};
    add_running(awaited);
    error = start_thread(job);
    if (error) {
        add_running(-awaited);
        free(job);
    }
    return error;
}

int background_start(background_fn *work, void *context)
{
    return start(work, context, 1);
}

int background_start_detached(background_fn *work, void *context)
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
        status = pthread_cond_timedwait(&finished, &lock, &deadline);
    pthread_mutex_unlock(&lock);
}
