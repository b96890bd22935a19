"""What `why` says of ranks that never connect, where the others name themselves and the world size by keys of the
Python package."""

import json

import pytest

NEVER = ("all ranks; 3 of 4 ranks have connected\n"
         "  → rank 3 has not connected, and no client is known to be it: was it started?\n")


@pytest.fixture
def come(connect):
    """Connects a rank, which sets its key."""
    def come(rank, world_size, prefix="/"):
        client = connect()
        value = {"host": "node", "pid": 1, "local_rank": rank, "world_size": world_size}
        client.set(f"{prefix}tcpstore/rank/{rank}", json.dumps(value))
        client.settle()
        return client

    return come


def test_a_rank_that_never_connects_is_named_also_while_none_waits(http, come):
    """As with NCCL, whose ranks wait for rank 0 only."""
    for rank in range(3):
        come(rank, 4)
    assert http.text("/why") == f"3 clients are connected; none waits\n\n{NEVER}"
    why = http.json("/v1/why")
    stage, = why["stages"]
    assert why["verdict"] == "idle" and why["waiting"] == 0 and (stage["waiting"], stage["key"]) == (0, "")
    assert (stage["come"], stage["world"], stage["world_known"], stage["missing"]) == (3, 4, True, "3")
    culprit, = stage["culprits"]
    assert (culprit["kind"], culprit["first"], culprit["last"]) == ("unknown", 3, 3)
    assert http.json("/v1/waits")["waits"] == []


def test_nothing_is_said_once_all_have_come_even_if_one_has_left(http, come):
    ranks = [come(rank, 4) for rank in range(4)]
    assert http.text("/why") == "4 clients are connected; none waits\n"
    ranks[3].leave()
    http.wait_until("/v1/stat", lambda stat: stat["clients"] == 3)
    assert http.text("/why") == "3 clients are connected; none waits\n"


def test_ranks_above_the_highest_that_waits_are_known(http, come):
    """Without the world size, rank 2 would be the only one that is known to be missing."""
    for rank in range(2):
        client = come(rank, 8)
        client.set(f"/default_pg/0//cpu//0/{rank}", "address")
        client.wait("/default_pg/0//cpu//0/2")
    why = http.wait_until("/v1/why", lambda why: why["waiting"] == 2)
    stage, = why["stages"]
    assert stage["text"] == "2 of 8 ranks have set an address"
    assert (stage["missing"], stage["world_known"]) == ("2-7", True)


def test_a_rank_that_expects_more_than_the_others_is_still_found(http, come):
    for rank in range(4):
        client = come(rank, 5 if rank == 3 else 4)
        client.set(f"/default_pg/0//cpu//0/{rank}", "address")
    client.wait("/default_pg/0//cpu//0/4")
    why = http.wait_until("/v1/why", lambda why: why["waiting"] == 1)
    assert why["reason"].startswith("rank 3 expects 5 or more, others 4 ")


def test_a_subgroup_is_not_as_large_as_the_world(http, come):
    for rank in range(4):
        client = come(rank, 4)
    client.set("/default_pg/0//2//cpu//0/0", "address")
    client.wait("/default_pg/0//2//cpu//0/1")
    stage, = http.wait_until("/v1/why", lambda why: why["waiting"] == 1)["stages"]
    assert (stage["world"], stage["world_known"]) == (2, False)


def test_a_job_with_another_prefix_may_have_another_size(http, come):
    """Such as one of several that a script makes of its ranks."""
    client = come(0, 4)
    client.set("/half/default_pg/0//cpu//0/0", "address")
    client.wait("/half/default_pg/0//cpu//0/1")
    stage, = http.wait_until("/v1/why", lambda why: why["waiting"] == 1)["stages"]
    assert (stage["world"], stage["world_known"]) == (2, False)


@pytest.mark.parametrize("value", ["", "{", "[]", "{}", '{"world_size": 0}', '{"world_size": -4}',
                                   '{"world_size": "4"}', '{"world_size": 4.0}', '{"world_size": 1048577}',
                                   '{"world_size": 99999999999999999999}', "[" * 5000,
                                   '{"world_size": 4, "pad": "%s"}' % ("x" * 5000)],
                         ids=lambda value: value[:30])
def test_a_value_that_is_none_of_the_package_tells_no_world(http, connect, value):
    client = connect()
    client.set("/tcpstore/rank/0", value)
    client.settle()
    assert http.text("/why") == "1 client is connected; none waits\n"


def test_the_user_may_know_better(http, come):
    come(0, 4)
    assert "1 of 2 ranks has connected" in http.text("/why?world=2")
