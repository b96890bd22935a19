/*
 * Requests to one HTTP server, by libcurl, one at a time: on a connection that is kept, or,
 * with TLS, on one for each.
 *
 * Bounded in time and bytes. It follows no redirect, uses no proxy, and reads no file or
 * variable of the user's.
 */
#ifndef CLI_HTTP_H
#define CLI_HTTP_H

#include <curl/curl.h>

#include "common/endpoint.h"
#include "tcpstore-cli/bytes.h"
#include "tcpstore-cli/tunnel.h"

enum {
    HTTP_BODY_MAX = 128 << 20,
    HTTP_HEADER_SIZE = 16,
};

struct http {
    CURL *easy;
    CURLU *url;
    struct tunnel *tunnel;        /* NULL: no TLS; borrowed */
    char reason[CURL_ERROR_SIZE]; /* why there is no answer */
    bool timed_out;

    /* The answer: */
    long status;
    struct bytes body;
    char verdict[HTTP_HEADER_SIZE]; /* the header Tcpstore-Verdict; empty: it is missing */
};

/* Checks nothing and sends nothing; if memory runs out, the program exits. With a tunnel, which
 * must outlive it, requests go through that. */
void http_init(
    struct http *ret_http, const struct endpoint *server, struct tunnel *tunnel,
    int32_t connect_ms);

/* Prepares the next request. `target` is a path with its query, encoded. */
void http_prepare(struct http *http, const char *target, int32_t timeout_ms);

/* Takes the result of the transfer. Returns -1 if there is no answer: see `reason`. */
TCPSTORE_MUST_USE
int http_finish(struct http *http, CURLcode result);

/* Does all three of: prepare, transfer, finish, with GET. Ctrl-C at the prompt ends it. */
TCPSTORE_MUST_USE
int http_get(struct http *http, const char *target, int32_t timeout_ms);

/* The same for PUT or DELETE, without a body, with the headers that tcpstored asks for. */
TCPSTORE_MUST_USE
int http_change(struct http *http, const char *method, const char *target, int32_t timeout_ms);

void http_done(struct http *http);

#endif
