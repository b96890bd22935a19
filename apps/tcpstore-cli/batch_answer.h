/* The answer to one operation of a batch that has run. */
#ifndef CLI_BATCH_ANSWER_H
#define CLI_BATCH_ANSWER_H

#include <assert.h>

#include <tcpstore/client.h>

static inline struct tcpstore_result batch_answer(
    const struct tcpstore_batch *batch, size_t index)
{
    struct tcpstore_result result = {0};
    int code = tcpstore_batch_result(batch, index, &result);

    assert(code == 0);
    (void)code;
    return result;
}

#endif
