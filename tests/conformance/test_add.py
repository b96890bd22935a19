"""ADD stores a decimal and parses the stored value as C's strtoll does."""

import pytest

from support import wire

LARGEST = 2**63 - 1
SMALLEST = -(2**63)


def test_add_to_a_missing_key_starts_from_zero(client, key):
    assert client.add(key, 5) == 5
    assert client.add(key, -7) == -2
    assert client.add(key, 0) == -2


def test_get_after_add_returns_the_sum_in_decimal(client, key):
    client.add(key, -42)
    assert client.get(key) == b"-42"
    client.add(key, 42)
    assert client.get(key) == b"0"


@pytest.mark.parametrize(("stored", "number"), [
    (b"12", 12), (b"+12", 12), (b"-12", -12), (b"0012", 12), (b"  12", 12),
    (b" \t\n\v\f\r-12", -12), (b"12 ", 12), (b"12abc", 12), (b"12.9", 12), (b"12\x0034", 12),
    (b"0x10", 0), (b"9223372036854775806", LARGEST - 1), (b"-9223372036854775808", SMALLEST),
])
def test_add_parses_the_stored_value_as_strtoll_does(client, key, stored, number):
    client.set(key, stored)
    assert client.add(key, 1) == number + 1
    assert client.get(key) == b"%d" % (number + 1)


@pytest.mark.parametrize("stored", [
    b"", b" ", b"abc", b"-", b"+", b"- 1", b"--1", b"+-1", b"a1", b"\x001", b"\xc2\xa01",
    b"9223372036854775808", b"-9223372036854775809", b"99999999999999999999999999",
])
def test_add_to_a_value_that_is_not_a_number_closes_only_that_client(client, other, key, stored):
    client.set(key, stored)
    client.send(wire.add(key, 1))
    client.assert_closed()
    assert other.get(key) == stored


@pytest.mark.parametrize("stored", [b" " * 63 + b"5", b"0" * 63 + b"5", b" " * 62 + b"5 apples"])
def test_add_reads_a_number_that_ends_within_64_bytes(client, key, stored):
    client.set(key, stored)
    assert client.add(key, 1) == 6


@pytest.mark.parametrize("stored", [
    b" " * 64 + b"5", b"0" * 64 + b"5", b" " * 63 + b"55", b" " * 63 + b"5 apples",
])
def test_add_to_a_number_that_does_not_end_within_64_bytes_closes_the_client(client, other, key,
                                                                             stored):
    client.set(key, stored)
    client.send(wire.add(key, 1))
    client.assert_closed()
    assert other.get(key) == stored


@pytest.mark.parametrize(("first", "second"), [
    (LARGEST, 0), (SMALLEST, 0), (LARGEST, SMALLEST), (SMALLEST, LARGEST), (LARGEST - 1, 1),
    (SMALLEST + 1, -1),
])
def test_add_reaches_both_ends_of_the_range(client, key, first, second):
    assert client.add(key, first) == first
    assert client.add(key, second) == first + second
    assert client.get(key) == b"%d" % (first + second)


@pytest.mark.parametrize(("first", "second"), [
    (LARGEST, 1), (SMALLEST, -1), (LARGEST, LARGEST), (SMALLEST, SMALLEST),
])
def test_add_out_of_range_closes_the_client_and_keeps_the_value(client, other, key, first, second):
    client.add(key, first)
    client.send(wire.add(key, second))
    client.assert_closed()
    assert other.get(key) == b"%d" % first


def test_add_after_append_counts_the_appended_digits(client, key):
    client.add(key, 1)
    client.append(key, "2")
    assert client.add(key, 1) == 13


def test_adds_by_two_clients_share_one_counter(client, other, key):
    assert [client.add(key, 1), other.add(key, 1), client.add(key, 1)] == [1, 2, 3]
