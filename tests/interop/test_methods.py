"""Every method of TCPStore and PrefixStore.

A test is named after its method; two underscores separate the case from the method's name."""

from datetime import timedelta

import pytest
from torch.distributed import DistStoreError, PrefixStore, QueueEmptyError, TCPStore

SHORT = timedelta(milliseconds=20)
WRAPPINGS = {
    "TCPStore": lambda store: store,
    "PrefixStore": lambda store: PrefixStore("one", store),
    "nested PrefixStore": lambda store: PrefixStore("inner", PrefixStore("outer", store)),
}


@pytest.fixture(params=WRAPPINGS.values(), ids=WRAPPINGS)
def wrap(request):
    return request.param


@pytest.fixture
def store(connect, wrap):
    return wrap(connect())


@pytest.fixture
def other(connect, wrap):
    """Another client, with the same prefixes."""
    return wrap(connect())


def test_every_method_is_tested():
    methods = {name for store in (TCPStore, PrefixStore) for name in dir(store)
               if not name.startswith("_")}
    tested = {name.removeprefix("test_").partition("__")[0] for name in globals()
              if name.startswith("test_")}
    assert methods - tested == set()


def test_set(store, other, key):
    store.set(key, "value")
    assert store.get(key) == b"value"
    assert other.get(key) == b"value"


def test_get__waits_for_the_key(store, key):
    with pytest.raises(DistStoreError, match="wait timeout"):
        store.set_timeout(SHORT)
        store.get(key)


def test_get__after_a_timeout_the_connection_is_usable(store, other, key):
    store.set_timeout(SHORT)
    for _ in range(3):
        with pytest.raises(DistStoreError):
            store.get(key)
    store.set_timeout(timedelta(seconds=10))
    other.set(key, "value")
    assert store.get(key) == b"value"


def test_get__of_large_and_binary_values(store, key):
    value = "\0\x7f" * (1 << 20)
    store.set(key, value)
    assert store.get(key) == value.encode()


def test_add(store, other, key):
    assert store.add(key, 5) == 5
    assert other.add(key, -7) == -2
    assert store.get(key) == b"-2"


def test_append(store, key):
    store.append(key, "one")
    store.append(key, ",two")
    assert store.get(key) == b"one,two"


def test_check(store, key):
    assert store.check([]) is True
    assert store.check([key]) is False
    store.set(key, "")
    assert store.check([key]) is True
    assert store.check([key, key + "2"]) is False


def test_compare_set(store, key):
    assert store.compare_set(key, "expected", "desired") == b"expected"
    assert store.check([key]) is False
    assert store.compare_set(key, "", "first") == b"first"
    assert store.compare_set(key, "wrong", "second") == b"first"
    assert store.compare_set(key, "first", "second") == b"second"
    assert store.get(key) == b"second"


def test_delete_key(store, key):
    assert store.delete_key(key) is False
    store.set(key, "value")
    assert store.delete_key(key) is True
    assert store.check([key]) is False


def test_wait__for_existing_keys(store, key):
    store.set(key, "")
    store.wait([key])
    store.wait([key], timedelta(seconds=10))
    store.wait([])


def test_wait__with_a_timeout(store, key):
    store.set(key, "")
    with pytest.raises(DistStoreError, match="wait timeout"):
        store.wait([key, key + "2"], SHORT)


def test_wait__with_the_stores_timeout(store, key):
    store.set_timeout(SHORT)
    with pytest.raises(DistStoreError, match="wait timeout"):
        store.wait([key])


def test_wait__after_a_timeout_the_connection_is_usable(store, other, key):
    for number in range(20):
        with pytest.raises(DistStoreError):
            store.wait([f"{key}{number}"], timedelta(milliseconds=1))
        other.set(f"{key}{number}", str(number))
        assert store.get(f"{key}{number}") == str(number).encode()


def test_num_keys(store, key):
    before = store.num_keys()
    store.set(key, "")
    store.set(key + "2", "")
    assert store.num_keys() == before + 2


def test_multi_set(store, other, key):
    store.multi_set([key, key + "2"], ["one", "two"])
    assert other.get(key + "2") == b"two"
    assert other.get(key) == b"one"


def test_multi_get(store, key):
    store.multi_set([key, key + "2"], ["one", ""])
    assert store.multi_get([key + "2", key]) == [b"", b"one"]


def test_multi_get__waits_for_all_keys(store, key):
    store.set(key, "")
    store.set_timeout(SHORT)
    with pytest.raises(DistStoreError, match="wait timeout"):
        store.multi_get([key, key + "2"])


def test_multi_get__of_many_keys(store, key):
    names = [f"{key}{number}" for number in range(1000)]
    store.multi_set(names, names)
    assert store.multi_get(names) == [name.encode() for name in names]


def test_queue_push(store, other, key):
    store.queue_push(key, "one")
    store.queue_push(key, "two")
    assert store.queue_pop(key) == b"one"
    assert other.queue_pop(key) == b"two"


def test_queue_push__is_seen_by_check_and_wait(store, key):
    assert store.check([key]) is False
    store.queue_push(key, "one")
    assert store.check([key]) is True
    store.wait([key])


def test_queue_pop__of_an_empty_queue_without_blocking(store, key):
    with pytest.raises(QueueEmptyError):
        store.queue_pop(key, block=False)
    store.queue_push(key, "one")
    assert store.queue_pop(key, block=False) == b"one"
    with pytest.raises(QueueEmptyError):
        store.queue_pop(key, block=False)


def test_queue_pop__of_an_empty_queue_blocks(store, other, key):
    store.set_timeout(SHORT)
    with pytest.raises(DistStoreError, match="wait timeout"):
        store.queue_pop(key)
    other.queue_push(key, "one")
    store.set_timeout(timedelta(seconds=10))
    assert store.queue_pop(key) == b"one"


def test_queue_len(store, key):
    assert store.queue_len(key) == 0
    store.queue_push(key, "one")
    store.queue_push(key, "two")
    assert store.queue_len(key) == 2
    store.queue_pop(key)
    assert store.queue_len(key) == 1


def test_list_keys(store, key):
    assert key not in store.list_keys()
    store.set(key, "")
    store.queue_push(key + "queue", "")
    assert store.list_keys().count(key) == 1
    assert key + "queue" not in store.list_keys()


def test_barrier(store, key):
    store.barrier(key, 1)
    store.barrier(key, 1, timedelta(seconds=10))


def test_barrier__times_out(store, key):
    with pytest.raises(DistStoreError, match="timeout"):
        store.barrier(key, 2, SHORT)
    store.set(key + "2", "still usable")
    assert store.get(key + "2") == b"still usable"


def test_barrier__a_retry_after_a_timeout_counts_once(connect, key):
    """Only TCPStore: PrefixStore builds its barrier from ADD, SET and WAIT, and a member that gives
    up stays counted."""
    store, other = connect(), connect()
    for _ in range(3):
        with pytest.raises(DistStoreError, match="timeout"):
            store.barrier(key, 2, SHORT)
    assert store.get(key) == b"0"
    with pytest.raises(DistStoreError, match="timeout"):
        other.barrier(key, 2, SHORT)
    assert store.get(key) == b"0"


def test_clone(store, key):
    clone = store.clone()
    clone.set(key, "value")
    assert store.get(key) == b"value"
    del store
    assert clone.get(key) == b"value"


def test_has_extended_api(store):
    assert store.has_extended_api() is True


def test_set_timeout(store):
    store.set_timeout(timedelta(seconds=3))
    assert store.timeout == timedelta(seconds=3)


def test_timeout(store):
    assert store.timeout == timedelta(seconds=10)


def test_host(connect, server):
    assert connect().host == server.address[0]


def test_port(connect, server):
    assert connect().port == server.address[1]


def test_libuvBackend(connect):
    assert connect().libuvBackend is True


def test_underlying_store(connect, key):
    outer = PrefixStore("outer", connect())
    inner = PrefixStore("inner", outer)
    inner.set(key, "value")
    assert inner.underlying_store.get(f"inner/{key}") == b"value"
    assert inner._underlying_non_prefix_store.get(f"outer/inner/{key}") == b"value"


def test_two_prefixes_on_one_store_keep_their_keys_apart(connect, key):
    store = connect()
    one, two = PrefixStore("one", store), PrefixStore("two", store)
    one.set(key, "1")
    two.set(key, "2")
    assert one.get(key) == b"1"
    assert two.get(key) == b"2"
    assert store.check([key]) is False
