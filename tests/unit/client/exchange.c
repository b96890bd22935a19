/* An exchange whose deadline has passed, over a pair of sockets. */
#include "support/test.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/clock.h"
#include "client/exchange.h"
#include "support/buffer.h"

/* The server's end, with the answer to `opcode` in it, and a flight that asks for it. */
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
    pair->flight = (struct flight){.answer_bytes_max = SIZE_MAX};
    assert_int_equal(flight_add(&pair->flight, &encode), 0);
}

static void pair_done(struct pair *pair)
{
    transport_close(&pair->transport);
    close(pair->server);
    flight_done(&pair->flight);
}

static void answer(struct pair *pair, size_t len)
{
    static const uint8_t value[1 << 17];
    struct buffer bytes = {0};

    buffer_add_sized(&bytes, span_of(value, len));
    assert_int_equal(
        send(pair->server, bytes.bytes, bytes.len, MSG_DONTWAIT), (ssize_t)bytes.len);
    buffer_free(&bytes);
}

static void an_answer_that_arrived_in_time_is_read_late(void **state)
{
    static struct pair pair;

    (void)state;
    pair_init(&pair, WIRE_GET);
    answer(&pair, 1000);
    assert_int_equal(exchange(&pair.transport, &pair.flight, clock_now()), 0);
    assert_int_equal(pair.flight.values[0].size, 1000);
    pair_done(&pair);
}

/* Of what is there, one read is taken. */
static void a_late_exchange_ends_whatever_is_there(void **state)
{
    static struct pair pair;

    (void)state;
    pair_init(&pair, WIRE_GET);
    answer(&pair, sizeof(pair.transport.received) + 1);
    assert_int_equal(exchange(&pair.transport, &pair.flight, clock_now()), TCPSTORE_ETIMEDOUT);
    assert_true(pair.flight.values[0].size > 0);
    assert_int_equal(exchange(&pair.transport, &pair.flight, clock_in_ms(20000)), 0);
    pair_done(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_that_arrived_in_time_is_read_late),
        cmocka_unit_test(a_late_exchange_ends_whatever_is_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
