"""COMPARE_SET."""

from support import wire


def test_missing_key_and_nothing_expected_stores(client, key):
    assert client.compare_set(key, "", "desired") == b"desired"
    assert client.get(key) == b"desired"


def test_missing_key_and_something_expected_answers_it_and_stores_nothing(client, key):
    assert client.compare_set(key, "expected", "desired") == b"expected"
    assert client.check(key) == wire.NOT_READY


def test_equal_stores(client, key):
    client.set(key, "old")
    assert client.compare_set(key, "old", "new") == b"new"
    assert client.get(key) == b"new"


def test_unequal_answers_what_is_stored(client, key):
    client.set(key, "old")
    assert client.compare_set(key, "other", "new") == b"old"
    assert client.get(key) == b"old"


def test_nothing_expected_of_an_existing_key_is_unequal(client, key):
    client.set(key, "old")
    assert client.compare_set(key, "", "new") == b"old"
    assert client.get(key) == b"old"


def test_nothing_expected_equals_an_empty_value(client, key):
    client.set(key, "")
    assert client.compare_set(key, "", "new") == b"new"
    assert client.get(key) == b"new"


def test_a_part_of_the_value_is_unequal(client, key):
    client.set(key, b"old\0value")
    assert client.compare_set(key, "old", "new") == b"old\0value"
    assert client.compare_set(key, b"old\0valuf", "new") == b"old\0value"
    assert client.compare_set(key, b"old\0value", "") == b""
    assert client.check(key) == wire.READY


def test_only_one_of_two_clients_wins(client, other, key):
    assert client.compare_set(key, "", "client") == b"client"
    assert other.compare_set(key, "", "other") == b"client"
