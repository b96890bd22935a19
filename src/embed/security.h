/* The TLS of a server's trunks: the credentials, and how they are replaced. Call its functions
 * on the loop's thread, except security_init. */
#ifndef EMBED_SECURITY_H
#define EMBED_SECURITY_H

#include <tcpstore/server.h>

#include "secure/secure_stream.h"
#include "server/log.h"

/* One that is all zero has no TLS. */
struct security {
    struct secure secure;
    struct tls_files files; /* their texts are ours */
    const struct log *log;
    uv_work_t loading;
    struct tls_context *loaded;
    struct tcpstore_error error; /* if it is not loaded */
    bool is_loading;
    bool must_load_again;
    bool is_closed;
    uint8_t buffer[SECURE_BUFFER_SIZE];
};

/* `secure` without context and buffer. Reads the files, if the options name any; after an error
 * nothing is left. Errors as tls_context_new. */
TCPSTORE_MUST_USE
int security_init(
    struct security *security, const struct tcpstore_server_options *options,
    const struct secure *secure, const struct log *log, struct tcpstore_error *error);

static inline bool security_is_on(const struct security *security)
{
    return security->secure.context != NULL;
}

/* Reads the files again, in a thread. What is wrong is logged, and the credentials stay. */
void security_reload(struct security *security);

void security_close(struct security *security);

/* Call it when the loop has run after security_close, and all streams are freed. */
void security_done(struct security *security);

#endif
