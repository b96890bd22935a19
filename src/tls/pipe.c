#include "tls/pipe.h"

#include <string.h>

#include "tls/openssl.h"

enum { OUT_FILL = 17 << 10 /* bytes: a record, encrypted */ };

static struct tls_pipe *pipe_of(BIO *bio)
{
    return BIO_get_data(bio);
}

static struct span first_bytes(const struct tls_pipe *pipe)
{
    struct span bytes;

    return outbox_peek(&pipe->kept, &bytes, 1) == 1 ? bytes : pipe->fresh;
}

static int on_read(BIO *bio, char *bytes, int size)
{
    struct tls_pipe *pipe = pipe_of(bio);
    struct span from = first_bytes(pipe);
    size_t len = from.len < (size_t)size ? from.len : (size_t)size;

    BIO_clear_retry_flags(bio);
    if (pipe->is_shut)
        return -1;
    if (len == 0) {
        BIO_set_retry_read(bio);
        return -1;
    }
    memcpy(bytes, from.bytes, len);
    if (pipe->kept.bytes > 0)
        outbox_consume(&pipe->kept, len);
    else
        pipe->fresh = span_from(pipe->fresh, len);
    return (int)len;
}

static int on_write(BIO *bio, const char *bytes, int len)
{
    struct reserved reserved = outbox_reserve(&pipe_of(bio)->out, (size_t)len);

    BIO_clear_retry_flags(bio);
    if (reserved.error)
        return -1;
    memcpy(reserved.bytes, bytes, (size_t)len);
    return len;
}

static long on_control(BIO *bio, int command, long number, void *pointer)
{
    (void)bio;
    (void)number;
    (void)pointer;
    return command == BIO_CTRL_FLUSH;
}

void tls_pipe_init(struct tls_pipe *pipe, struct memory *memory)
{
    *pipe = (struct tls_pipe){.fresh = span_of(NULL, 0)};
    outbox_init(&pipe->kept, memory, OUT_FILL, SIZE_MAX);
    outbox_init(&pipe->out, memory, OUT_FILL, SIZE_MAX);
}

void tls_pipe_done(struct tls_pipe *pipe)
{
    outbox_done(&pipe->kept);
    outbox_done(&pipe->out);
}

int tls_pipe_keep(struct tls_pipe *pipe)
{
    struct reserved reserved;

    if (pipe->fresh.len == 0)
        return 0;
    reserved = outbox_reserve(&pipe->kept, pipe->fresh.len);
    if (reserved.error)
        return TCPSTORE_ENOMEM;
    span_copy(reserved.bytes, pipe->fresh);
    pipe->fresh = span_of(NULL, 0);
    return 0;
}

struct bio_method_st *tls_pipe_method(void)
{
    BIO_METHOD *method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "tcpstore");

    if (method == NULL)
        return NULL;
    BIO_meth_set_read(method, on_read);
    BIO_meth_set_write(method, on_write);
    BIO_meth_set_ctrl(method, on_control);
    return method;
}

struct bio_st *tls_pipe_open(struct tls_pipe *pipe, const struct bio_method_st *method)
{
    BIO *bio = BIO_new(method);

    if (bio == NULL)
        return NULL;
    BIO_set_data(bio, pipe);
    BIO_set_init(bio, 1);
    return bio;
}
