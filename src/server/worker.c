#include "server/worker.h"

#include <sys/resource.h>

enum {
    NICENESS = 10, /* a tenth of the loop's share if both want the same processor */
    STACK = 256 << 10,
};

static void in_thread(void *context)
{
    struct worker *worker = context;

    setpriority(PRIO_PROCESS, 0, NICENESS); /* Linux: of this thread alone */
    for (;;) {
        uv_sem_wait(&worker->wanted);
        if (worker->is_closing)
            return;
        worker->work(worker->context);
        worker->has_worked = true;
        uv_async_send(&worker->finished);
    }
}

static void on_finished(uv_async_t *finished)
{
    struct worker *worker = finished->data;

    if (!worker->is_busy || !worker->has_worked)
        return;
    worker->has_worked = false;
    worker->is_busy = false;
    worker->done(worker->context);
}

int worker_init(
    struct worker *worker, uv_loop_t *loop, void (*work)(void *context),
    void (*done)(void *context), void *context)
{
    int status;

    *worker = (struct worker){.work = work, .done = done, .context = context};
    status = uv_sem_init(&worker->wanted, 0);
    if (status)
        return status;
    status = uv_async_init(loop, &worker->finished, on_finished);
    if (status)
        uv_sem_destroy(&worker->wanted);
    worker->finished.data = worker;
    return status;
}

/* libuv's own threads are not for this: it aborts if the system refuses it one. */
int worker_start(struct worker *worker)
{
    const uv_thread_options_t options = {
        .flags = UV_THREAD_HAS_STACK_SIZE, .stack_size = STACK};

    if (!worker->has_thread &&
        uv_thread_create_ex(&worker->thread, &options, in_thread, worker) != 0)
        return TCPSTORE_ENOMEM;
    worker->has_thread = true;
    worker->is_busy = true;
    uv_sem_post(&worker->wanted);
    return 0;
}

void worker_close(struct worker *worker)
{
    if (worker->has_thread) {
        worker->is_closing = true;
        uv_sem_post(&worker->wanted);
        uv_thread_join(&worker->thread);
    }
    uv_sem_destroy(&worker->wanted);
    uv_close((uv_handle_t *)&worker->finished, NULL);
}
