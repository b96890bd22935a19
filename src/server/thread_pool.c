#include "server/thread_pool.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

static void do_nothing(uv_work_t *work)
{
    (void)work;
}

static void on_done(uv_work_t *work, int status)
{
    (void)status;
    free(work);
}

void thread_pool_start(uv_loop_t *loop)
{
    uv_work_t *work = malloc(sizeof(*work));
    sigset_t all, before;

    if (work == NULL)
        return;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    uv_queue_work(loop, work, do_nothing, on_done);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}
