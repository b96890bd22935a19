/* libuv's threads, which look names up and read files. */
#ifndef SERVER_THREAD_POOL_H
#define SERVER_THREAD_POOL_H

#include <uv.h>

/* Starts them with all signals blocked, so that none is handled there, maybe when the server is
 * gone. Without memory they start when they are first needed. */
void thread_pool_start(uv_loop_t *loop);

#endif
