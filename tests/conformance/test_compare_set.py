"""COMPARE_SET."""

from support import wire


def test_compare_set_of_a_missing_key_with_empty_expected_stores(client, key):
    assert client.compare_set(key, "", "desired") == b"desired"
    assert client.get(key) == b"desired"


def test_compare_set_of_a_missing_key_with_other_expected_replies_expected(client, key):
    assert client.compare_set(key, "expected", "desired") == b"expected"
    assert client.check(key) == wire.NOT_READY


def test_compare_set_with_equal_expected_stores(client, key):
    client.set(key, "old")
    assert client.compare_set(key, "old", "new") == b"new"
    assert client.get(key) == b"new"


def test_compare_set_with_unequal_expected_replies_the_stored_value(client, key):
    client.set(key, "old")
    assert client.compare_set(key, "other", "new") == b"old"
    assert client.get(key) == b"old"


def test_compare_set_of_an_existing_key_with_empty_expected_stores_nothing(client, key):
    client.set(key, "old")
    assert client.compare_set(key, "", "new") == b"old"
    assert client.get(key) == b"old"


def test_compare_set_of_an_empty_value_with_empty_expected_stores(client, key):
    client.set(key, "")
    assert client.compare_set(key, "", "new") == b"new"
    assert client.get(key) == b"new"


def test_compare_set_with_part_of_the_value_expected_stores_nothing(client, key):
    client.set(key, b"old\0value")
    assert client.compare_set(key, "old", "new") == b"old\0value"
    assert client.compare_set(key, b"old\0valuf", "new") == b"old\0value"
    assert client.compare_set(key, b"old\0value", "") == b""
    assert client.check(key) == wire.READY


def test_compare_set_by_two_clients_stores_only_the_first(client, other, key):
    assert client.compare_set(key, "", "client") == b"client"
    assert other.compare_set(key, "", "other") == b"client"
