/*
 * Happy path: libmicrohttpd reads a request and calls on_request; the connection is suspended
 * until the owner answers; then on_request is called again, and queues the answer.
 *
 * Failures: the request is malformed or too long: libmicrohttpd refuses it. Its client is slow,
 * or disconnects while the answer is worked out: the socket is shut down, and libmicrohttpd
 * notices.
 */
#include "http/http.h"

#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/container.h"

enum { SWEEP_MS = 1000 };

struct connection {
    struct list link;
    struct http *http;
    int fd;
    uint64_t store;
    bool is_answering; /* from the end of its request on */
    bool has_zero;     /* its request has a zero byte in the path or an argument */
    uint64_t since;    /* ms of the loop's clock */
};

struct http_request {
    struct list link;
    struct http *http;
    struct MHD_Connection *connection;
    const char *method; /* of known_methods */
    const char *path;
    struct MHD_Response *response; /* NULL: there is no answer yet, or no memory for it */
    unsigned status;
    size_t len; /* of the response */
};

static uint64_t now(const struct http *http)
{
    return uv_now(http->poll.loop);
}

static void on_soon(uv_timer_t *timer);

static void run(struct http *http)
{
    MHD_UNSIGNED_LONG_LONG timeout;

    http->has_answered = false;
    MHD_run(http->daemon);
    if (http->has_answered) /* a request that this call has passed on */
        uv_timer_start(&http->soon, on_soon, 0, 0);
    else if (MHD_get_timeout(http->daemon, &timeout) == MHD_YES)
        uv_timer_start(&http->soon, on_soon, timeout, 0);
    else
        uv_timer_stop(&http->soon);
}

static void on_soon(uv_timer_t *timer)
{
    run(timer->data);
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    run(poll->data);
}

static uint64_t age(const struct connection *connection)
{
    return now(connection->http) - connection->since;
}

static bool is_slow(const struct connection *connection)
{
    return age(connection) > (connection->is_answering ? HTTP_ANSWER_MS : HTTP_REQUEST_MS);
}

/* The client has sent all that it will, and it is no whole request. libmicrohttpd 0.9.75 does
 * not notice if the end arrives together with the last bytes. */
static bool has_ended(const struct connection *connection)
{
    char byte;

    return !connection->is_answering && age(connection) > SWEEP_MS &&
           recv(connection->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

static void on_sweep(uv_timer_t *timer)
{
    struct http *http = timer->data;
    struct list *link;

    for (link = http->connections.next; link != &http->connections; link = link->next) {
        const struct connection *connection = CONTAINER_OF(link, struct connection, link);

        if (is_slow(connection) || has_ended(connection))
            shutdown(connection->fd, SHUT_RDWR);
    }
    run(http); /* libmicrohttpd does not always ask to be called to close a connection */
}

static void begin_connection(
    struct http *http, struct MHD_Connection *handle, void **ret_connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(handle, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct connection *connection = malloc(sizeof(*connection));

    *ret_connection = connection;
    if (connection == NULL) {
        shutdown(info->connect_fd, SHUT_RDWR);
        return;
    }
    *connection = (struct connection){
        .http = http, .fd = info->connect_fd, .store = http->adopted, .since = now(http)};
    if (list_is_empty(&http->connections))
        uv_timer_start(&http->sweep, on_sweep, SWEEP_MS, SWEEP_MS);
    list_append(&http->connections, &connection->link);
}

static void end_connection(struct connection *connection)
{
    struct http *http = connection->http;

    list_remove(&connection->link);
    if (list_is_empty(&http->connections) && !http->is_closing)
        uv_timer_stop(&http->sweep);
    free(connection);
}

static void on_connection(
    void *context, struct MHD_Connection *handle, void **ret_connection,
    enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED)
        begin_connection(context, handle, ret_connection);
    else if (*ret_connection != NULL)
        end_connection(*ret_connection);
}

/* NULL: there was no memory for it, and it closes. */
static struct connection *connection_of(struct MHD_Connection *handle)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(handle, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    return info == NULL ? NULL : info->socket_context;
}

static void set_answering(struct MHD_Connection *handle, bool is_answering)
{
    struct connection *connection = connection_of(handle);

    if (connection == NULL)
        return;
    connection->is_answering = is_answering;
    connection->since = now(connection->http);
}

/* NULL: it is not served. */
static const char *known_method(const char *method)
{
    static const char *const known[] = {
        MHD_HTTP_METHOD_GET, MHD_HTTP_METHOD_PUT, MHD_HTTP_METHOD_DELETE};

    if (strcmp(method, MHD_HTTP_METHOD_HEAD) == 0)
        return known[0];
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (strcmp(method, known[i]) == 0)
            return known[i];
    }
    return NULL;
}

/* A text with a zero byte would be taken for what is before it: another name. */
static size_t unescape(void *context, struct MHD_Connection *handle, char *text)
{
    struct connection *connection = connection_of(handle);
    size_t len = MHD_http_unescape(text);

    (void)context;
    if (connection != NULL && strlen(text) != len)
        connection->has_zero = true;
    return len;
}

/* `text` is static. */
static enum MHD_Result refuse(struct MHD_Connection *handle, unsigned status, const char *text)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(
        strlen(text), (void *)(uintptr_t)text, MHD_RESPMEM_PERSISTENT);
    enum MHD_Result result;

    if (response == NULL)
        return MHD_NO;
    MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD, PUT, DELETE");
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "application/json");
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
    result = MHD_queue_response(handle, status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result begin_request(
    struct http *http, struct MHD_Connection *handle, const char *method, const char *path,
    void **ret_request)
{
    const struct connection *connection = connection_of(handle);
    struct http_request *request;

    if (connection != NULL && connection->has_zero)
        return refuse(
            handle, MHD_HTTP_BAD_REQUEST,
            "{\"error\": \"a zero byte (%00) is part of no name here; leave it out\"}\n");
    request = malloc(sizeof(*request));
    *ret_request = request;
    if (request == NULL)
        return MHD_NO;
    *request = (struct http_request){
        .http = http, .connection = handle, .method = method, .path = path};
    return MHD_YES;
}

static void pass_on(struct http_request *request)
{
    struct http *http = request->http;

    list_append(&http->requests, &request->link);
    set_answering(request->connection, true);
    MHD_suspend_connection(request->connection);
    http->requested(http->context, request);
}

/* libmicrohttpd calls it when the header has arrived, for each piece of a body, at the end of
 * the request, and when it is resumed. An answer before the end would close the connection. */
static enum MHD_Result on_request(
    void *context, struct MHD_Connection *handle, const char *path, const char *method,
    const char *version, const char *body, size_t *body_len, void **request_slot)
{
    struct http *http = context;
    struct http_request *request = *request_slot;
    bool is_end = *body_len == 0;

    (void)version;
    (void)body;
    if (http->is_closing)
        return MHD_NO;
    method = known_method(method);
    if (method == NULL)
        return refuse(
            handle, MHD_HTTP_METHOD_NOT_ALLOWED,
            "{\"error\": \"only GET, HEAD, PUT and DELETE are served here\"}\n");
    *body_len = 0; /* a body is ignored */
    if (request == NULL)
        return begin_request(http, handle, method, path, request_slot);
    if (!is_end)
        return MHD_YES;
    if (!list_is_linked(&request->link)) {
        pass_on(request);
        return MHD_YES;
    }
    return request->response == NULL
               ? MHD_NO
               : MHD_queue_response(handle, request->status, request->response);
}

static void on_completed(
    void *context, struct MHD_Connection *handle, void **request_slot,
    enum MHD_RequestTerminationCode code)
{
    struct http_request *request = *request_slot;

    (void)context;
    (void)code;
    set_answering(handle, false);
    if (request == NULL)
        return;
    if (list_is_linked(&request->link))
        list_remove(&request->link);
    request->http->answer_bytes -= request->len;
    if (request->response != NULL)
        MHD_destroy_response(request->response);
    free(request);
}

static struct MHD_Daemon *start_daemon(struct http *http)
{
    const unsigned flags = MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME;

    return MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, http,                                   /* */
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, http,                        /* */
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, http,                          /* */
        MHD_OPTION_UNESCAPE_CALLBACK, unescape, NULL,                             /* */
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)HTTP_CONNECTIONS,                  /* */
        MHD_OPTION_PER_IP_CONNECTION_LIMIT, (unsigned)HTTP_CONNECTIONS_OF_A_PEER, /* */
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HTTP_REQUEST_MAX,             /* */
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
}

int http_init(struct http *http, uv_loop_t *loop, http_fn *requested, void *context)
{
    const union MHD_DaemonInfo *info;
    int status;

    *http = (struct http){.requested = requested, .context = context};
    list_init(&http->connections);
    list_init(&http->requests);
    errno = ENOMEM; /* unless a system call fails */
    http->daemon = start_daemon(http);
    if (http->daemon == NULL)
        return uv_translate_sys_error(errno);
    info = MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    status = uv_poll_init(loop, &http->poll, info->epoll_fd);
    if (status) {
        MHD_stop_daemon(http->daemon);
        http->daemon = NULL;
        return status;
    }
    uv_timer_init(loop, &http->soon);
    uv_timer_init(loop, &http->sweep);
    http->poll.data = http->soon.data = http->sweep.data = http;
    uv_poll_start(&http->poll, UV_READABLE, on_ready);
    return 0;
}

static socklen_t address_len(const struct sockaddr *address)
{
    return address->sa_family == AF_INET ? sizeof(struct sockaddr_in)
                                         : sizeof(struct sockaddr_in6);
}

void http_adopt(struct http *http, int fd, const struct sockaddr *peer, uint64_t store)
{
    http->adopted = store;
    MHD_add_connection(http->daemon, fd, peer, address_len(peer));
    run(http);
}

/* libmicrohttpd aborts if a connection is suspended when its daemon stops. */
static void resume_all(const struct http *http)
{
    struct list *link;

    for (link = http->requests.next; link != &http->requests; link = link->next) {
        const struct http_request *request = CONTAINER_OF(link, struct http_request, link);

        if (request->status == 0)
            MHD_resume_connection(request->connection);
    }
}

void http_close(struct http *http)
{
    if (http->daemon == NULL)
        return;
    http->is_closing = true;
    uv_close((uv_handle_t *)&http->poll, NULL);
    uv_close((uv_handle_t *)&http->soon, NULL);
    uv_close((uv_handle_t *)&http->sweep, NULL);
    resume_all(http);
    MHD_run(http->daemon);
    MHD_stop_daemon(http->daemon);
    http->daemon = NULL;
}

const char *http_method(const struct http_request *request)
{
    return request->method;
}

const char *http_field(const struct http_request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

const struct sockaddr *http_peer(const struct http_request *request)
{
    return MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS)
        ->client_addr;
}

uint64_t http_store(const struct http_request *request)
{
    const struct connection *connection = connection_of(request->connection);

    return connection == NULL ? 0 : connection->store;
}

const char *http_path(const struct http_request *request)
{
    return request->path;
}

struct visit {
    http_argument_fn *given;
    void *context;
};

static enum MHD_Result on_argument(
    void *context, enum MHD_ValueKind kind, const char *name, const char *value)
{
    const struct visit *visit = context;

    (void)kind;
    return visit->given(visit->context, name, value == NULL ? "" : value) ? MHD_YES : MHD_NO;
}

void http_each_argument(
    const struct http_request *request, http_argument_fn *given, void *context)
{
    struct visit visit = {given, context};

    MHD_get_connection_values(request->connection, MHD_GET_ARGUMENT_KIND, on_argument, &visit);
}

struct argument {
    const char *name;
    const char *value;
};

static bool find(void *context, const char *name, const char *value)
{
    struct argument *argument = context;

    if (strcmp(name, argument->name) != 0)
        return true;
    argument->value = value;
    return false;
}

const char *http_argument(const struct http_request *request, const char *name)
{
    struct argument argument = {.name = name};

    http_each_argument(request, find, &argument);
    return argument.value;
}

static void free_bytes(const struct http_answer *answer)
{
    if (!answer->is_static)
        free((void *)(uintptr_t)answer->bytes);
}

static struct MHD_Response *make_response(const struct http_answer *answer)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(
        answer->len, (void *)(uintptr_t)answer->bytes,
        answer->is_static ? MHD_RESPMEM_PERSISTENT : MHD_RESPMEM_MUST_FREE);

    if (response == NULL) {
        free_bytes(answer);
        return NULL;
    }
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, answer->type);
    MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    MHD_add_response_header(
        response, "Content-Security-Policy",
        answer->csp == NULL ? "default-src 'none'; frame-ancestors 'none'" : answer->csp);
    if (answer->header != NULL)
        MHD_add_response_header(response, answer->header, answer->header_value);
    if (answer->is_last)
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
    return response;
}

/* Clients that do not read their answers must not fill the memory. */
static const struct http_answer *if_it_fits(
    const struct http *http, const struct http_answer *answer)
{
    static const char words[] = "{\"error\": \"the answer and those that are not read yet "
                                "exceed 16 MiB: ask for less, or "
                                "try again\"}\n";
    static const struct http_answer refusal = {
        .status = MHD_HTTP_SERVICE_UNAVAILABLE,
        .type = "application/json",
        .bytes = words,
        .len = sizeof(words) - 1,
        .is_static = true,
    };

    if (answer->is_static || answer->len <= HTTP_ANSWERS_MAX - http->answer_bytes)
        return answer;
    free_bytes(answer);
    return &refusal;
}

void http_answer(struct http_request *request, const struct http_answer *answer)
{
    struct http *http = request->http;

    answer = if_it_fits(http, answer);
    request->len = answer->is_static ? 0 : answer->len;
    http->answer_bytes += request->len;
    request->response = make_response(answer);
    request->status = answer->status;
    MHD_resume_connection(request->connection);
    http->has_answered = true;
    uv_timer_start(&http->soon, on_soon, 0, 0);
}
