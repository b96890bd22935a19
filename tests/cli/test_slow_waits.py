"""The log says by itself which rank clients wait for."""

import re

import pytest

from support.recording import play

RECORDINGS = [
    (["1-rank-never-starts.jsonl"], 7, "cpu//0/3",
     "rank 3 has not set an address, and no client is known to be it: was it started\\?"),
    (["2-stuck-before-its-key.jsonl"], 7, "cpu//0/5",
     "rank 5 has not set an address, and no client is known to be it: was it started\\?; "
     r"127\.0\.1\.1:\d+ is connected and has not set a key \(pid \d+\): perhaps it"),
    ([f"3-host-short-of-a-process.host{host}.jsonl" for host in range(4)], 7, "cpu//0/5",
     r"host 127\.0\.1\.3 lacks rank 5, where others have 2 ranks each: was it started, or has it "
     r"failed\?"),
    (["4-lost-barrier-member.jsonl"], 7, "save/step-100/last_member",
     r"rank 6 left \d s ago and has not come"),
    (["5-wrong-world-size.jsonl"], 1, "cpu//0/8",
     "rank 3 expects 9 or more, others 8"),
]


@pytest.mark.parametrize("names, waiting, key, reason", RECORDINGS,
                         ids=[names[0].split(".")[0] for names, *_ in RECORDINGS])
def test_a_recorded_hang_is_explained(tcpstored, names, waiting, key, reason):
    server, _ = tcpstored("--slow-wait", "1")
    clients = play(server.address, *names)
    line = server.log.wait_for("event=slow-wait")
    assert f" waiting={waiting} seconds=1 " in line
    assert re.search(f'{key}" reason="{reason}', line), line
    for client in clients:
        client.close()


def test_a_wait_is_reported_again_when_it_has_doubled_and_then_no_more(tcpstored):
    server, connect = tcpstored("--slow-wait", "1")
    client, other = connect(), connect()
    client.wait("a")
    server.log.wait_for("event=slow-wait", "seconds=1")
    server.log.wait_for("event=slow-wait", "seconds=2")
    other.set("a", b"")
    client.assert_released()
    client.wait("b")
    server.log.wait_for("event=slow-wait", "seconds=1", 'key="b"')
    assert len(server.log.lines_with("event=slow-wait")) == 3


def test_a_watch_for_an_event_is_not_reported(tcpstored):
    server, connect = tcpstored("--slow-wait", "1")
    watcher, client = connect(), connect()
    watcher.wait("exception_dump")
    client.wait("a")
    assert 'waiting=1' in server.log.wait_for("event=slow-wait")
    assert not server.log.lines_with("exception_dump")
