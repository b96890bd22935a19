/*
 * Serves HTTP/1.1 on connected sockets that it is given, by libmicrohttpd on our loop: GET,
 * HEAD, PUT and DELETE. It knows no paths; its owner answers each request, now or later.
 *
 * What its clients can take is bounded: connections, in all and from one address; the bytes of
 * a request; the time for a request to arrive and for an answer to be read. Call its functions
 * on the loop's thread.
 */
#ifndef HTTP_HTTP_H
#define HTTP_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include <tcpstore/error.h>

#include "base/list.h"

struct MHD_Daemon;
struct http_request;

/* A request has arrived. The callee answers it exactly once, in this call or later. */
typedef void http_fn(void *context, struct http_request *request);

struct http {
    struct MHD_Daemon *daemon; /* NULL: HTTP is not served */
    uv_poll_t poll;            /* of libmicrohttpd's epoll descriptor */
    uv_timer_t soon;           /* libmicrohttpd has more to do */
    uv_timer_t sweep;          /* closes slow connections; runs while there are any */
    struct list connections;
    struct list requests; /* not answered yet */
    uint64_t adopted;     /* the store of the connection that is being added */
    size_t answer_bytes;  /* of all answers that are not read yet */
    bool has_answered;    /* libmicrohttpd has yet to go on with the answer */
    http_fn *requested;
    void *context;
    bool is_closing;
};

enum {
    HTTP_CONNECTIONS = 32,
    HTTP_CONNECTIONS_OF_A_PEER = 16,
    HTTP_REQUEST_MAX = 16 << 10, /* bytes of its line and header, and of the answer's header */
    HTTP_REQUEST_MS = 30000,     /* from one request to the end of the next */
    HTTP_ANSWER_MS = 60000,      /* from a request until its answer is read */
    HTTP_ANSWERS_MAX = 16 << 20, /* bytes of all answers that are not read yet */
};

/* `requested` and `context` are borrowed. Returns libuv's error: then nothing is open. */
TCPSTORE_MUST_USE
int http_init(struct http *http, uv_loop_t *loop, http_fn *requested, void *context);

/* Serves the peer that is connected by the socket `fd`, which it owns from now on, and closes
 * if there are too many. `store` is what http_store returns for its requests. */
void http_adopt(struct http *http, int fd, const struct sockaddr *peer, uint64_t store);

/* Disconnects all. Requests that are not answered must not be answered any more. The memory is
 * in use until the loop has run. */
void http_close(struct http *http);

/* "GET", "PUT" or "DELETE"; HEAD counts as GET, without the answer's bytes. */
const char *http_method(const struct http_request *request);

/* A field of the header; NULL if it is missing. Valid until the answer. */
const char *http_field(const struct http_request *request, const char *name);

/* Who has sent it. Valid until the answer. */
const struct sockaddr *http_peer(const struct http_request *request);

uint64_t http_store(const struct http_request *request);

/* The path that was asked for, decoded: "/v1/why". Valid until the answer. */
const char *http_path(const struct http_request *request);

/* Called with each argument of the query, decoded, in their order, until it returns false. The
 * value is "" if there is none. Both are valid until the answer. */
typedef bool http_argument_fn(void *context, const char *name, const char *value);
void http_each_argument(
    const struct http_request *request, http_argument_fn *given, void *context);

/* An argument of the query, decoded; "" if it has no value; NULL if it is missing. Valid until
 * the answer. */
const char *http_argument(const struct http_request *request, const char *name);

struct http_answer {
    unsigned status;
    const char *type;   /* as "application/json" */
    const char *csp;    /* Content-Security-Policy; NULL: allows nothing */
    const char *header; /* the name of one more header; NULL: none */
    const char *header_value;
    const void *bytes;
    size_t len;
    bool is_static; /* else `bytes` is from malloc, and http_answer frees it */
    bool is_last;   /* of its connection, which is closed after it */
};

/* Answers, and ends the request: with 503 instead if the answers would exceed their maximum. An
 * answer that finds no memory closes the connection. */
void http_answer(struct http_request *request, const struct http_answer *answer);

#endif
