#include "server/turns.h"

#include <limits.h>

#include "base/container.h"

static void begin_phase(struct turns *turns)
{
    turns->phase++;
    turns->pot = TURN_STEPS;
}

/* Before sockets are polled. */
static void on_prepare(uv_prepare_t *prepare)
{
    begin_phase(prepare->data);
}

void turns_init(struct turns *turns, uv_loop_t *loop)
{
    list_init(&turns->first);
    list_init(&turns->waiting);
    turns->phase = 0;
    turns->is_behind = false;
    begin_phase(turns);
    uv_prepare_init(loop, &turns->prepare);
    turns->prepare.data = turns;
    uv_prepare_start(&turns->prepare, on_prepare);
    uv_unref((uv_handle_t *)&turns->prepare);
    uv_idle_init(loop, &turns->idle);
    turns->idle.data = turns;
}

/* A turn that adds itself again waits for the next iteration. */
static void run_waiting(struct turns *turns, struct list *waiting)
{
    begin_phase(turns);
    while (!list_is_empty(waiting) && turns->pot > 0) {
        struct turn *turn = CONTAINER_OF(waiting->next, struct turn, link);

        if (turn->phase == turns->phase)
            return;
        list_remove(&turn->link);
        turn_begin(turns, turn);
        turn->run(turn);
    }
}

static void on_idle(uv_idle_t *idle)
{
    struct turns *turns = idle->data;

    run_waiting(turns, &turns->first);
    run_waiting(turns, &turns->waiting);
    turns->is_behind = !list_is_empty(&turns->waiting);
    if (list_is_empty(&turns->first) && list_is_empty(&turns->waiting))
        uv_idle_stop(idle);
}

static bool is_closed(const struct turns *turns)
{
    return uv_is_closing((const uv_handle_t *)&turns->idle);
}

static void add(struct turns *turns, struct list *waiting, struct turn *turn)
{
    if (list_is_linked(&turn->link) || is_closed(turns))
        return;
    list_append(waiting, &turn->link);
    uv_idle_start(&turns->idle, on_idle);
}

void turns_add(struct turns *turns, struct turn *turn)
{
    add(turns, &turns->waiting, turn);
}

void turns_add_first(struct turns *turns, struct turn *turn)
{
    add(turns, &turns->first, turn);
}

void turn_cancel(struct turn *turn)
{
    if (list_is_linked(&turn->link))
        list_remove(&turn->link);
}

long turn_begin(struct turns *turns, struct turn *turn)
{
    if (is_closed(turns))
        turn->steps = LONG_MAX;
    else if (turn->phase != turns->phase)
        turn->steps = turns_are_short(turns) ? SHORT_TURN_STEPS : TURN_STEPS;
    turn->phase = turns->phase;
    return turn->steps;
}

void turn_end(struct turns *turns, struct turn *turn, long left)
{
    turns->pot -= turn->steps - left;
    turn->steps = left;
}

void turns_close(struct turns *turns)
{
    uv_close((uv_handle_t *)&turns->prepare, NULL);
    uv_close((uv_handle_t *)&turns->idle, NULL);
}
