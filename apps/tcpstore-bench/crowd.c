#include "tcpstore-bench/crowd.h"

#include <unistd.h>

#include "tcpstore-bench/control.h"
#include "tcpstore-bench/progress.h"

void crowd_connect(struct crowd *crowd, const struct bench *bench)
{
    *crowd = (struct crowd){.control = control_open(&bench->address, bench_timeout_ns(bench))};
    control_ping(crowd->control);
    loop_init(
        &crowd->loop, &bench->address, (size_t)bench->options.clients, bench_timeout_ns(bench));
    loop_connect_all(&crowd->loop);
}

/* The server reads connections in the order in which they become readable, so one reply on
 * `control` does not prove that it has read all others. Hence one PING more than the number of
 * loop iterations that reading them all takes. */
static void wait_until_read(const struct crowd *crowd)
{
    enum { CLIENTS_PER_ITERATION = 512 };

    for (size_t i = 0; i <= crowd->loop.count / CLIENTS_PER_ITERATION + 1; i++)
        control_ping(crowd->control);
}

void crowd_wait(struct crowd *crowd, uint64_t first, bool separate_keys)
{
    struct loop *loop = &crowd->loop;
    size_t count = separate_keys ? loop->count : 1;
    struct pieces waits;

    requests_clear(&crowd->waits);
    for (size_t i = 0; i < count; i++)
        requests_keys(&crowd->waits, WIRE_WAIT, first + i, 1);
    waits = requests_pieces(&crowd->waits, count);
    for (size_t i = 0; i < loop->count; i++)
        loop_send(&loop->conns[i], pieces_slice(waits, separate_keys ? i : 0, 1), 1);
    wait_until_read(crowd);
}

static void on_reply(void *context, struct conn *conn, size_t len, uint64_t now)
{
    struct crowd *crowd = context;

    (void)len;
    if (conn->reply_left > 0)
        return;
    crowd->answered++;
    crowd->loop.stop = crowd->answered == crowd->loop.count;
    progress_show("clients", crowd->answered, now);
}

uint64_t crowd_collect(struct crowd *crowd)
{
    crowd->answered = 0;
    loop_run(&crowd->loop, 0, on_reply, crowd);
    return crowd->loop.last_received;
}

void crowd_done(struct crowd *crowd)
{
    loop_done(&crowd->loop);
    close(crowd->control);
    requests_free(&crowd->waits);
}
