#include "server/turns.h"

#include "base/container.h"

void turns_init(struct turns *turns, uv_loop_t *loop)
{
    list_init(&turns->waiting);
    uv_idle_init(loop, &turns->idle);
    turns->idle.data = turns;
}

static void move_all(struct list *from, struct list *to)
{
    while (!list_is_empty(from)) {
        struct list *first = from->next;

        list_remove(first);
        list_append(to, first);
    }
}

/* One turn for each that waits now: a turn that adds itself again waits for the next iteration.
 */
static void on_idle(uv_idle_t *idle)
{
    struct turns *turns = idle->data;
    struct list now;

    list_init(&now);
    move_all(&turns->waiting, &now);
    while (!list_is_empty(&now)) {
        struct turn *turn = CONTAINER_OF(now.next, struct turn, link);

        list_remove(&turn->link);
        turn->run(turn);
    }
    if (list_is_empty(&turns->waiting))
        uv_idle_stop(idle);
}

void turns_add(struct turns *turns, struct turn *turn)
{
    list_append(&turns->waiting, &turn->link);
    uv_idle_start(&turns->idle, on_idle);
}

void turn_cancel(struct turn *turn)
{
    if (list_is_linked(&turn->link))
        list_remove(&turn->link);
}

void turns_close(struct turns *turns)
{
    uv_close((uv_handle_t *)&turns->idle, NULL);
}
