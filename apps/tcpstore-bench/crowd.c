#include "tcpstore-bench/crowd.h"

#include <unistd.h>

#include "tcpstore-bench/control.h"
#include "tcpstore-bench/progress.h"

void crowd_gather(struct crowd *crowd, const struct bench *bench)
{
    *crowd = (struct crowd){.control = control_open(&bench->address, bench_patience(bench))};
    control_ping(crowd->control);
    loop_init(
        &crowd->loop, &bench->address, (size_t)bench->options.clients, bench_patience(bench));
    loop_connect_all(&crowd->loop);
}

/* The server reads connections in the order in which they became readable, so an answer on
 * the last one, or on control after it, does not prove that all were read; asking on each
 * one's own connection would release it. Idle CPU time does, but needs --server-pid. What is
 * asked for here is one round more than the server can have taken to read them all. */
static void settle(const struct crowd *crowd)
{
    enum { CLIENTS_PER_TURN = 512 };

    for (size_t i = 0; i <= crowd->loop.count / CLIENTS_PER_TURN + 1; i++)
        control_ping(crowd->control);
}

void crowd_wait(struct crowd *crowd, uint64_t first, bool apart)
{
    struct loop *loop = &crowd->loop;
    size_t count = apart ? loop->count : 1;
    struct pieces waits;

    requests_clear(&crowd->waits);
    for (size_t i = 0; i < count; i++)
        requests_keys(&crowd->waits, WIRE_WAIT, first + i, 1);
    waits = requests_pieces(&crowd->waits, count);
    for (size_t i = 0; i < loop->count; i++)
        loop_send(loop, &loop->conns[i], pieces_slice(waits, apart ? i : 0, 1), 1);
    settle(crowd);
}

static void on_reply(void *context, struct conn *conn, size_t len, uint64_t now)
{
    struct crowd *crowd = context;

    (void)len;
    if (conn->in_left > 0)
        return;
    crowd->answered++;
    crowd->loop.stop = crowd->answered == crowd->loop.count;
    progress_show("clients", crowd->answered, now);
}

uint64_t crowd_collect(struct crowd *crowd)
{
    crowd->answered = 0;
    loop_run(&crowd->loop, 0, on_reply, crowd);
    return crowd->loop.heard;
}

void crowd_leave(struct crowd *crowd)
{
    loop_done(&crowd->loop);
    close(crowd->control);
    requests_free(&crowd->waits);
}
