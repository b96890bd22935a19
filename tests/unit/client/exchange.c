/* An exchange whose deadline has passed, over a pair of sockets. */
#include "support/test.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/exchange.h"
#include "client/monotonic.h"
#include "support/buffer.h"

/* A client's end with a flight of one request, and the server's end. */
struct pair {
    struct transport transport;
    int server;
    struct flight flight;
};

static void pair_init(struct pair *pair, enum wire_opcode opcode)
{
    const struct span key = text("k");
    const struct encode encode = {.opcode = opcode, .keys = &key};
    const int room = 1 << 20;
    int fds[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    assert_int_equal(fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
    setsockopt(fds[1], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
    pair->transport.fd = fds[0];
    pair->transport.cancel_fd = -1;
    pair->server = fds[1];
    pair->flight = (struct flight){.values.bytes_max = SIZE_MAX};
    assert_int_equal(flight_add(&pair->flight, &encode), 0);
}

static void pair_done(struct pair *pair)
{
    transport_close(&pair->transport);
    close(pair->server);
    flight_done(&pair->flight);
}

static void send_answer(struct pair *pair, size_t len)
{
    static const uint8_t value[1 << 17];
    struct buffer bytes = {0};

    buffer_add_sized(&bytes, span_of(value, len));
    assert_int_equal(
        send(pair->server, bytes.bytes, bytes.len, MSG_DONTWAIT), (ssize_t)bytes.len);
    buffer_free(&bytes);
}

static void an_answer_that_has_arrived_is_read_past_the_deadline(void **state)
{
    static struct pair pair;

    (void)state;
    pair_init(&pair, WIRE_GET);
    send_answer(&pair, 1000);
    assert_int_equal(exchange(&pair.transport, &pair.flight, monotonic_now()), 0);
    assert_int_equal(pair.flight.values.items[0].size, 1000);
    pair_done(&pair);
}

static void past_the_deadline_an_exchange_reads_only_once(void **state)
{
    static struct pair pair;

    (void)state;
    pair_init(&pair, WIRE_GET);
    send_answer(&pair, sizeof(pair.transport.received) + 1);
    assert_int_equal(
        exchange(&pair.transport, &pair.flight, monotonic_now()), TCPSTORE_ETIMEDOUT);
    assert_true(pair.flight.values.items[0].size > 0);
    assert_int_equal(exchange(&pair.transport, &pair.flight, monotonic_in_ms(20000)), 0);
    pair_done(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_that_has_arrived_is_read_past_the_deadline),
        cmocka_unit_test(past_the_deadline_an_exchange_reads_only_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
