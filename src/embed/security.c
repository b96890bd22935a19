#include "embed/security.h"

#include "base/container.h"
#include "base/error.h"
#include "server/descriptors.h"

int security_init(
    struct security *security, const struct tcpstore_server_options *options,
    const struct secure *secure, const struct log *log, struct tcpstore_error *error)
{
    const struct tls_files files = {
        options->tls_cert, options->tls_key, options->tls_ca, options->secret_file};
    int code;

    security->log = log;
    security->secure = *secure;
    security->secure.buffer = security->buffer;
    if (!tls_files_are_given(&files))
        return 0;
    if (tls_files_copy(&files, &security->files))
        code = tls_context_new(&security->files, error, &security->secure.context);
    else
        code = error_set(error, TCPSTORE_ENOMEM, "out of memory for the names of files");
    if (code)
        tls_files_free(&security->files);
    return code;
}

/* In a thread of libuv's. */
static void load(uv_work_t *work)
{
    struct security *security = CONTAINER_OF(work, struct security, loading);
    struct held_descriptors held;

    descriptors_hold(&held);
    if (tls_context_new(&security->files, &security->error, &security->loaded))
        security->loaded = NULL;
    descriptors_release(&held);
}

/* Connections that exist keep the old one. */
static void replace(struct security *security)
{
    if (security->loaded == NULL) {
        log_write(
            security->log, TCPSTORE_LOG_ERROR, "tls-not-reloaded",
            "reason=\"%s; those of before are still used\"", security->error.text);
        return;
    }
    tls_context_release(security->secure.context);
    security->secure.context = security->loaded;
    log_write(
        security->log, TCPSTORE_LOG_INFO, "tls-reloaded",
        "reason=\"connections from now on use the new files\"");
}

static void on_loaded(uv_work_t *work, int status)
{
    struct security *security = CONTAINER_OF(work, struct security, loading);

    security->is_loading = false;
    if (security->is_closed) {
        if (status == 0)
            tls_context_release(security->loaded);
        return;
    }
    replace(security);
    if (security->must_load_again)
        security_reload(security);
}

void security_reload(struct security *security)
{
    if (!security_is_on(security) || security->is_closed)
        return;
    security->must_load_again = security->is_loading;
    if (security->is_loading)
        return;
    security->is_loading = true;
    uv_queue_work(security->secure.loop, &security->loading, load, on_loaded);
}

void security_close(struct security *security)
{
    security->is_closed = true;
    if (security->is_loading)
        uv_cancel((uv_req_t *)&security->loading);
}

void security_done(struct security *security)
{
    tls_context_release(security->secure.context);
    tls_files_free(&security->files);
}
