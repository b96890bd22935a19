#include "server/recorder.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "record/snapshot.h"

int recorder_init(struct recorder *recorder, size_t size)
{
    void *memory = size > 0 ? calloc(1, size) : NULL;

    *recorder = (struct recorder){.take = NULL};
    if (size > 0 && memory == NULL)
        return TCPSTORE_ENOMEM;
    if (memory != NULL)
        record_init(&recorder->record, memory, size);
    return 0;
}

void recorder_done(struct recorder *recorder)
{
    free(recorder->record.memory);
}

static int64_t milliseconds(clockid_t clock)
{
    struct timespec time;

    clock_gettime(clock, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* libuv's clock is the monotonic one. */
int64_t recorder_origin(void)
{
    return milliseconds(CLOCK_REALTIME) - milliseconds(CLOCK_MONOTONIC);
}

static void give(struct recorder *recorder)
{
    struct record_view view;
    uint8_t *bytes;

    record_view(&recorder->record, 0, recorder_origin(), &view);
    bytes = malloc(view.len);
    if (bytes != NULL)
        record_copy(&view, bytes);
    recorder->take(recorder->context, bytes, bytes != NULL ? view.len : 0, view.entries);
    free(bytes);
}

static void on_request(uv_async_t *request)
{
    struct recorder *recorder = request->data;

    if (recorder->take == NULL)
        return;
    if (recorder_record(recorder) != NULL)
        give(recorder);
    else
        recorder->take(recorder->context, NULL, 0, 0);
}

int recorder_open(struct recorder *recorder, uv_loop_t *loop)
{
    int status = uv_async_init(loop, &recorder->request, on_request);

    if (status)
        return status;
    recorder->request.data = recorder;
    uv_unref((uv_handle_t *)&recorder->request);
    return 0;
}

void recorder_report_to(struct recorder *recorder, tcpstore_record_fn *take, void *context)
{
    recorder->take = take;
    recorder->context = context;
}

void recorder_close(struct recorder *recorder)
{
    uv_close((uv_handle_t *)&recorder->request, NULL);
}

void recorder_ask(struct recorder *recorder)
{
    uv_async_send(&recorder->request);
}

static int write_span(int fd, struct span bytes)
{
    while (bytes.len > 0) {
        ssize_t written = write(fd, bytes.bytes, bytes.len);

        if (written < 0 && errno != EINTR)
            return -1;
        if (written > 0)
            bytes = span_from(bytes, (size_t)written);
    }
    return 0;
}

int64_t recorder_dump(struct recorder *recorder, int fd)
{
    struct record_view view;

    if (recorder_record(recorder) == NULL) {
        errno = ENODATA;
        return -1;
    }
    record_view(&recorder->record, 0, recorder_origin(), &view);
    if (write_span(fd, span_of(view.head, sizeof(view.head))))
        return -1;
    for (size_t i = 0; i < view.count; i++) {
        if (write_span(fd, view.segments[i]))
            return -1;
    }
    return (int64_t)view.entries;
}
