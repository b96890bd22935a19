"""Sockets: keep-alive, one write for many replies, and either side closing."""

import socket
import struct

import pytest

from support import wire

KEEP_ALIVE_TIMER = "02"
DATA_SEGMENTS_RECEIVED = 152  # offset of tcpi_data_segs_in in Linux's struct tcp_info


def hexadecimal_port(address):
    return f"{address[1]:04X}"


def timer_of_server_socket(client):
    """The timer on the server's end of a connection within this host, from /proc/net."""
    server, own = (hexadecimal_port(name) for name in (client.socket.getpeername(),
                                                       client.socket.getsockname()))
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with open(table) as rows:
            for fields in map(str.split, rows):
                if fields[1].endswith(":" + server) and fields[2].endswith(":" + own):
                    return fields[5].split(":")[0]
    raise AssertionError("the server's end of the connection is not on this host")


def data_segments_received(client):
    info = client.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
    return struct.unpack_from("I", info, DATA_SEGMENTS_RECEIVED)[0]


@pytest.mark.tcp
def test_an_accepted_socket_has_keep_alive_on(client):
    client.ping()
    assert timer_of_server_socket(client) == KEEP_ALIVE_TIMER


@pytest.mark.tcp
def test_replies_to_one_read_are_sent_in_one_write(client):
    client.ping()
    before = data_segments_received(client)
    client.send(*(wire.ping(number) for number in range(50)))
    assert [client.read_u32() for _ in range(50)] == list(range(50))
    assert data_segments_received(client) == before + 1


def test_requests_before_the_end_of_the_stream_are_answered(client, key):
    client.send(wire.set_value(key, "value"), wire.get(key))
    client.socket.shutdown(socket.SHUT_WR)
    assert client.read_blob() == b"value"
    client.assert_closed()


def test_requests_without_reply_before_a_close_take_effect(client, other, key):
    client.settle()
    client.set(key, "value")
    client.leave()
    assert other.get(key) == b"value"


def test_keys_and_queues_outlive_the_client_that_wrote_them(connect, key):
    first = connect()
    first.set(key, "value")
    first.queue_push(key, "entry")
    first.leave()
    second = connect()
    assert second.get(key) == b"value"
    assert second.queue_pop(key) == (1, b"entry")


def test_two_hundred_clients_in_turn_are_served(connect, other):
    for _ in range(200):
        client = connect()
        client.ping()
        client.close()
    other.ping()
