#include "support/session.h"

#include "support/store.h"
#include "support/test.h"

struct tcpstore_client_options session_options(uint16_t port)
{
    struct tcpstore_client_options options = store_options(port);

    options.connect_timeout_ms = 0;
    return options;
}

void session_begin(struct session *session)
{
    session->peer = peer_new("127.0.0.1");
    peer_accept(session->peer);
    peer_handshake(session->peer);
}

void session_start(struct session *session, int32_t timeout_ms)
{
    struct tcpstore_client_options options = session_options(peer_port(session->peer));

    options.timeout_ms = timeout_ms;
    session_start_with(session, &options);
}

void session_start_with(struct session *session, const struct tcpstore_client_options *options)
{
    struct tcpstore_error error = {.text = ""};

    peer_start(session->peer);
    if (tcpstore_client_connect(options, &error, &session->client))
        fail_msg("%s", error.text);
}

void session_end(struct session *session)
{
    tcpstore_client_free(session->client);
    peer_end(session->peer);
}

void session_expect_bare(struct session *session, enum operation operation)
{
    const uint8_t request = (uint8_t)operation;

    peer_expect(session->peer, span_of(&request, 1));
}

void session_expect_wait(struct session *session, const char *key)
{
    struct buffer request = {0};

    add_keys(&request, OP_WAIT, key);
    peer_expect(session->peer, buffer_span(&request));
    buffer_free(&request);
}

void session_send_number(struct session *session, uint64_t number)
{
    struct buffer answer = {0};

    buffer_add_u64(&answer, number);
    peer_send(session->peer, buffer_span(&answer));
    buffer_free(&answer);
}
