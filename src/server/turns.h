/* Work that is not done yet and goes on in the loop's next iteration, after every socket has
 * been served. Call its functions on the loop's thread. */
#ifndef SERVER_TURNS_H
#define SERVER_TURNS_H

#include <uv.h>

#include "base/list.h"

/* Embedded in what waits, which finds itself by CONTAINER_OF. All zero: does not wait. */
struct turn {
    struct list link;
    void (*run)(struct turn *turn);
};

struct turns {
    uv_idle_t idle; /* runs while there are any */
    struct list waiting;
};

void turns_init(struct turns *turns, uv_loop_t *loop);

/* Calls `turn->run` once, in the next iteration. It must not be waiting. */
void turns_add(struct turns *turns, struct turn *turn);

/* A turn that does not wait is fine. */
void turn_cancel(struct turn *turn);

/* No turn may be added afterwards. */
void turns_close(struct turns *turns);

#endif
