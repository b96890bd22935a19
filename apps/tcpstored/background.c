#include "tcpstored/background.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "tcpstored/thread.h"

struct piece {
    background_fn *work;
    void *context;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_cond_t ended; /* by the monotonic clock */
static unsigned running;

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
    running += (unsigned)change;
    pthread_cond_signal(&ended);
    pthread_mutex_unlock(&lock);
}

static void *run(void *argument)
{
    struct piece piece = *(struct piece *)argument;

    free(argument);
    piece.work(piece.context);
    count(-1);
    return NULL;
}

int background_start(background_fn *work, void *context)
{
    struct piece *piece = malloc(sizeof(*piece));
    int error;

    if (piece == NULL)
        return ENOMEM;
    pthread_once(&once, init_condition);
    *piece = (struct piece){work, context};
    count(+1);
    error = thread_start(run, piece);
    if (error) {
        count(-1);
        free(piece);
    }
    return error;
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
