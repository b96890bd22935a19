/*
 * The floor: the minimum that a server on libuv has to do. It reads and writes as tcpstored
 * does (one read buffer for all clients, one uv_try_write for the replies of a read), without a
 * parser or a store. After VALIDATE and PING it answers every --request bytes with --reply
 * bytes, and a PING after them as a PING. With --crowd, WAITs get no reply until a SET, which
 * releases all of them with one byte each, and later WAITs for the same key immediately;
 * CANCEL_WAIT gets one byte.
 *
 * With --ranks, it plays the store at a job's start instead: each client takes the same steps,
 * in the order of the command line. --step REQUEST:REPLY answers so many bytes with so many;
 * --gather REQUEST:REPLY does so once the requests of all ranks have arrived.
 *
 * Prints its port and serves on 127.0.0.1 until it is killed. Exits on any failure.
 */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <uv.h>

enum {
    HELLO_LEN = 10, /* VALIDATE and PING; the last four bytes are the reply to PING */
    NONCE_LEN = 4,
    PING_LEN = 1 + NONCE_LEN,
    KEY_LEN = 8 + 32, /* a key of tcpstore-bench, with its length */
    WAIT_LEN = 1 + 8 + KEY_LEN,
    BUFFER_SIZE = 64 * 1024,
    SET = 1,
    WAIT = 6,
    CANCEL_WAIT = 12,
    PING = 13,
    STEPS_MAX = 8,
};

struct step {
    size_t request_len;
    size_t reply_len;
    bool gathers;
    size_t arrived; /* requests */
};

struct client {
    uv_tcp_t tcp;
    uint8_t hello[HELLO_LEN];
    size_t hello_len;
    size_t have;   /* bytes of an unfinished request */
    size_t unsent; /* bytes of replies in a pending uv_write */
    bool waits;
    size_t step; /* of a job's start */
    uv_write_t write;
    struct client **link; /* the pointer to this client */
    struct client *next;
    char *large; /* buffer for long requests; NULL: none yet */
};

static size_t request_len = 1;
static size_t reply_len;
static bool crowd;
static size_t ranks; /* 0: no job's start */
static struct step steps[STEPS_MAX];
static size_t step_count;
static char last_set[KEY_LEN];
static char *filler;
static size_t filler_len;
static char buffer[BUFFER_SIZE];
static struct client *clients;

static void check(int status, const char *what)
{
    if (status < 0) {
        fprintf(stderr, "floor: %s: %s\n", what, uv_strerror(status));
        exit(1);
    }
}

static void *allocate(size_t size)
{
    void *memory = calloc(1, size);

    if (memory == NULL)
        check(UV_ENOMEM, "memory");
    return memory;
}

static void on_closed(uv_handle_t *handle)
{
    struct client *client = handle->data;

    *client->link = client->next;
    if (client->next != NULL)
        client->next->link = client->link;
    free(client->large);
    free(client);
}

static void on_written(uv_write_t *write, int status)
{
    struct client *client = write->data;

    client->unsent = 0;
    if (status < 0 && !uv_is_closing((uv_handle_t *)&client->tcp))
        uv_close((uv_handle_t *)&client->tcp, on_closed);
}

/* The peer waits for each reply before it sends more, so one pending write is enough. */
static void reply(struct client *client, char *bytes, size_t len)
{
    uv_buf_t rest = uv_buf_init(bytes, (unsigned)len);
    int written = uv_try_write((uv_stream_t *)&client->tcp, &rest, 1);

    if (written == UV_EAGAIN)
        written = 0;
    if (written < 0) {
        uv_close((uv_handle_t *)&client->tcp, on_closed);
        return;
    }
    if ((size_t)written == len)
        return;
    if (client->unsent > 0)
        check(UV_EBUSY, "a second reply during a write");
    rest.base += written;
    rest.len -= (size_t)written;
    client->unsent = rest.len;
    client->write.data = client;
    check(
        uv_write(&client->write, (uv_stream_t *)&client->tcp, &rest, 1, on_written), "writing");
}

static void release_all(const char *key)
{
    memcpy(last_set, key, KEY_LEN);
    for (struct client *client = clients; client != NULL; client = client->next) {
        if (client->waits)
            reply(client, filler, 1);
        client->waits = false;
    }
}

/* Returns the request's length; the requests are too short to be split. */
static size_t take_one(struct client *client, char *bytes, size_t len)
{
    switch (bytes[0]) {
    case SET: /* the only request on its connection */
        release_all(bytes + 1);
        return len;
    case WAIT:
        client->waits = memcmp(last_set, bytes + 1 + 8, KEY_LEN) != 0;
        if (!client->waits)
            reply(client, filler, 1);
        return WAIT_LEN;
    case CANCEL_WAIT:
        client->waits = false;
        reply(client, filler, 1);
        return 1;
    case PING:
        reply(client, bytes + 1, NONCE_LEN);
        return PING_LEN;
    default:
        check(UV_EPROTO, "an unexpected request with --crowd");
        return len;
    }
}

static void take_crowd(struct client *client, char *bytes, size_t len)
{
    while (len > 0) {
        size_t taken = take_one(client, bytes, len);

        if (taken > len)
            check(UV_EPROTO, "a split request");
        bytes += taken;
        len -= taken;
    }
}

static void take_requests(struct client *client, char *bytes, size_t len)
{
    size_t replies;

    client->have += len;
    replies = client->have / request_len * reply_len;
    client->have %= request_len;
    if (replies > filler_len)
        check(UV_E2BIG, "too many requests in one read");
    if (replies > 0)
        reply(client, filler, replies);
    if (client->have == PING_LEN && len >= PING_LEN && bytes[len - PING_LEN] == PING) {
        client->have = 0;
        reply(client, bytes + len - NONCE_LEN, NONCE_LEN);
    }
}

static void answer_step(struct client *client, struct step *step)
{
    if (!step->gathers) {
        reply(client, filler, step->reply_len);
    } else if (++step->arrived == ranks) {
        for (struct client *each = clients; each != NULL; each = each->next)
            reply(each, filler, step->reply_len);
    }
}

static void take_steps(struct client *client, size_t len)
{
    client->have += len;
    while (client->step < step_count) {
        struct step *step = &steps[client->step];

        if (client->have < step->request_len)
            return;
        client->have -= step->request_len;
        client->step++;
        answer_step(client, step);
    }
}

/* Returns the number of bytes that belong to VALIDATE and PING. */
static size_t take_hello(struct client *client, const char *bytes, size_t len)
{
    size_t missing = HELLO_LEN - client->hello_len;
    size_t taken = len < missing ? len : missing;

    if (taken == 0)
        return 0;
    memcpy(client->hello + client->hello_len, bytes, taken);
    client->hello_len += taken;
    if (client->hello_len == HELLO_LEN)
        reply(client, (char *)client->hello + HELLO_LEN - NONCE_LEN, NONCE_LEN);
    return taken;
}

static void on_read(uv_stream_t *stream, ssize_t len, const uv_buf_t *buf)
{
    struct client *client = stream->data;
    size_t hello;

    if (len < 0) {
        uv_close((uv_handle_t *)stream, on_closed);
        return;
    }
    hello = take_hello(client, buf->base, (size_t)len);
    if (hello == (size_t)len)
        return;
    if (ranks > 0)
        take_steps(client, (size_t)len - hello);
    else if (crowd)
        take_crowd(client, buf->base + hello, (size_t)len - hello);
    else
        take_requests(client, buf->base + hello, (size_t)len - hello);
}

/* As in tcpstored, a long request is read into its own buffer. */
static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *ret_buf)
{
    struct client *client = handle->data;

    (void)suggested;
    if (request_len <= BUFFER_SIZE || client->hello_len < HELLO_LEN) {
        *ret_buf = uv_buf_init(buffer, BUFFER_SIZE);
        return;
    }
    if (client->large == NULL)
        client->large = allocate(request_len);
    *ret_buf =
        uv_buf_init(client->large + client->have, (unsigned)(request_len - client->have));
}

static void on_connection(uv_stream_t *listener, int status)
{
    struct client *client = allocate(sizeof(*client));

    check(status, "listening");
    check(uv_tcp_init(listener->loop, &client->tcp), "client");
    client->tcp.data = client;
    client->link = &clients;
    client->next = clients;
    if (clients != NULL)
        clients->link = &client->next;
    clients = client;
    check(uv_accept(listener, (uv_stream_t *)&client->tcp), "accepting");
    uv_tcp_nodelay(&client->tcp, 1);
    check(uv_read_start((uv_stream_t *)&client->tcp, on_alloc, on_read), "reading");
}

static void add_step(const char *sizes, bool gathers)
{
    struct step *step = &steps[step_count];

    if (step_count == STEPS_MAX)
        check(UV_E2BIG, "too many steps");
    if (sscanf(sizes, "%zu:%zu", &step->request_len, &step->reply_len) != 2 ||
        step->request_len == 0)
        check(UV_EINVAL, sizes);
    step->gathers = gathers;
    step_count++;
}

static size_t longest_reply(void)
{
    size_t longest = (BUFFER_SIZE / request_len + 1) * (reply_len > 0 ? reply_len : 1);

    for (size_t i = 0; i < step_count; i++) {
        if (steps[i].reply_len > longest)
            longest = steps[i].reply_len;
    }
    return longest;
}

static void parse(int argc, char **argv)
{
    static const struct option options[] = {
        {"request", required_argument, NULL, 'q'},
        {"reply", required_argument, NULL, 'p'},
        {"crowd", no_argument, NULL, 'c'},
        {"ranks", required_argument, NULL, 'r'},
        {"step", required_argument, NULL, 's'},
        {"gather", required_argument, NULL, 'g'},
        {0},
    };
    int answer;

    while ((answer = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (answer == 'q')
            request_len = strtoul(optarg, NULL, 10);
        else if (answer == 'p')
            reply_len = strtoul(optarg, NULL, 10);
        else if (answer == 'c')
            crowd = true;
        else if (answer == 'r')
            ranks = strtoul(optarg, NULL, 10);
        else if (answer == 's' || answer == 'g')
            add_step(optarg, answer == 'g');
        else
            exit(2);
    }
    if (request_len == 0 || optind < argc) {
        fprintf(
            stderr, "usage: floor [--request BYTES] [--reply BYTES] [--crowd]\n"
                    "       floor --ranks N [--step|--gather REQUEST:REPLY]...\n");
        exit(2);
    }
}

static void raise_descriptor_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit))
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int argc, char **argv)
{
    uv_loop_t *loop = uv_default_loop();
    uv_tcp_t listener;
    struct sockaddr_in address;
    int len = sizeof(address);

    parse(argc, argv);
    raise_descriptor_limit();
    filler_len = longest_reply();
    filler = allocate(filler_len);
    memset(filler, 'f', filler_len); /* otherwise it would all be one zero page of the kernel */
    check(uv_tcp_init(loop, &listener), "listener");
    check(uv_ip4_addr("127.0.0.1", 0, &address), "address");
    check(uv_tcp_bind(&listener, (const struct sockaddr *)&address, 0), "binding");
    check(uv_listen((uv_stream_t *)&listener, SOMAXCONN, on_connection), "listening");
    check(uv_tcp_getsockname(&listener, (struct sockaddr *)&address, &len), "address");
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    return uv_run(loop, UV_RUN_DEFAULT);
}
