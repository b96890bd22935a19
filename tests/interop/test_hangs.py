"""Jobs that hang, each because of one fault, and whom the server names as the cause.

The server may not look at their processes, as if they ran on other hosts; where it may, the tests
say so.
"""

import os
import re
import signal
import time

import pytest

from jobs import PYTHON, TORCHRUN, Host, worker
from support.http import Http
from support.servers import Tcpstored

HANG_SECONDS = 1


@pytest.fixture
def server(tmp_path):
    yield from start_server(tmp_path, "--identify", "off")


@pytest.fixture
def identifying_server(tmp_path):
    yield from start_server(tmp_path)


def start_server(directory, *flags):
    running = Tcpstored(directory, "--slow-wait", str(HANG_SECONDS), *flags)
    yield running
    running.stop()


def start_rank(job, address, rank, world_size, script, **environment):
    host, port = address
    variables = {"RANK": rank, "WORLD_SIZE": world_size, "MASTER_ADDR": host, "MASTER_PORT": port,
                 "TORCHELASTIC_USE_AGENT_STORE": True} | environment
    job.start(f"rank{rank}", [*PYTHON, worker(script)], **variables)


def start_ranks(job, server, ranks, world_size, script, **environment):
    for rank in ranks:
        start_rank(job, server.address, rank, world_size, script, **environment)


def start_agents(job, server, agents, address, nodes):
    host, port = server.address
    for agent in agents:
        job.start(f"agent{agent}", [
            *TORCHRUN, "--rdzv-backend=c10d", f"--rdzv-endpoint={host}:{port}", "--rdzv-id=job-1",
            "--rdzv-conf=is_host=0", f"--local-addr={address}", f"--nnodes={nodes}",
            "--nproc-per-node=2", worker("environment")])


def ask_why(server, waiting, key):
    """Asks why, once so many clients wait for that key and it counts as a hang. Returns the stage
    and its culprits, each as (kind, first, last) and text."""
    server.log.wait_for("event=slow-wait", f"waiting={waiting} ", key, seconds=60)
    asked_at = time.monotonic()
    why = Http(server.address).json("/v1/why", hang=HANG_SECONDS)
    assert time.monotonic() - asked_at < 1
    assert why["verdict"] == "hangs"
    assert len(why["stages"]) == 1
    stage = why["stages"][0]
    assert (stage["waiting"], key in stage["key"]) == (waiting, True)
    return stage, [(each["kind"], each["first"], each["last"]) for each in stage["culprits"]]


def assert_texts(stage, *patterns):
    texts = [each["text"] for each in stage["culprits"]]
    assert len(texts) == len(patterns)
    for text, pattern in zip(texts, patterns):
        assert re.fullmatch(pattern, text), text


def pid_of(job, rank):
    return job.processes[f"rank{rank}"].pid


def wait_for_signal(job, rank):
    """Waits until a signal has stopped or killed the rank."""
    os.waitid(os.P_PID, pid_of(job, rank), os.WSTOPPED | os.WEXITED | os.WNOWAIT)


def test_a_rank_that_is_never_started_is_named(job, server):
    start_ranks(job, server, [0, 1, 3], 4, "environment")
    stage, culprits = ask_why(server, 3, "cpu//0/2")
    assert culprits == [("unknown", 2, 2)]
    assert stage["text"] == "3 of 4 ranks or more have set an address"
    assert_texts(stage, "rank 2 has not set an address, and no client is known to be it: was it "
                        r"started\?")


@pytest.mark.parametrize("fault, text", [
    ("SIGSTOP", "is connected and has not set a key: perhaps it; silent for \\d+ s"),
    ("SIGKILL", "left \\d+ s ago and had not set a key: perhaps it; look at its log"),
], ids=["SIGSTOP", "SIGKILL"])
def test_a_rank_that_stops_before_its_first_key_is_named(job, server, fault, text):
    start_ranks(job, server, range(4), 4, "connect_first", FAULTY_RANK=2, FAULT=fault)
    wait_for_signal(job, 2)
    stage, culprits = ask_why(server, 3, "cpu//0/2")
    assert culprits == [("unknown", 2, 2), ("before-key", 0, 0)]
    assert_texts(stage, "rank 2 has not set an address, and no client is known to be it: was it "
                        r"started\?", r"127\.0\.0\.1:\d+ " + text)


def test_a_rank_of_this_host_is_known_before_its_first_key(job, identifying_server):
    start_ranks(job, identifying_server, range(4), 4, "connect_first", FAULTY_RANK=2,
                FAULT="SIGSTOP")
    wait_for_signal(job, 2)
    stage, culprits = ask_why(identifying_server, 3, "cpu//0/2")
    assert culprits == [("silent", 2, 2)]
    assert stage["culprits"][0]["pid"] == pid_of(job, 2)


def test_a_host_that_lacks_a_rank_is_named(job, server):
    for rank in range(6):
        host = Host(server.address, f"127.0.1.{rank // 2 + 1}")
        if rank != 3:
            start_rank(job, host.address, rank, 6, "environment")
    stage, culprits = ask_why(server, 5, "cpu//0/3")
    assert culprits == [("host-short", 3, 3)]
    assert_texts(stage, r"host 127\.0\.1\.2 lacks rank 3, where others have 2 ranks each: was it "
                        r"started, or has it failed\?")
    hosts = {host["host"]: host for host in Http(server.address).items("hosts", hang=HANG_SECONDS)}
    assert {name: host["state"] for name, host in hosts.items()} == {
        "127.0.1.1": "waiting", "127.0.1.2": "missing", "127.0.1.3": "waiting"}
    assert hosts["127.0.1.2"]["missing"] == "3"


def test_a_host_that_never_connects_is_named(job, server):
    for rank in (0, 1, 4, 5):
        start_rank(job, Host(server.address, f"127.0.1.{rank // 2 + 1}").address, rank, 6,
                   "environment")
    stage, culprits = ask_why(server, 4, "cpu//0/2")
    assert culprits == [("host-never", 2, 3)]
    assert_texts(stage, "ranks 2-3 have not connected: the host that has them is missing")


def test_a_rank_that_dies_before_a_barrier_is_named(job, server):
    start_ranks(job, server, range(4), 4, "save", FAULTY_RANK=2, FAULT="SIGKILL")
    stage, culprits = ask_why(server, 3, "save/step-100/last_member")
    assert culprits == [("left", 2, 2)]
    assert_texts(stage, r"rank 2 left \d+ s ago and has not come \(127\.0\.0\.1:\d+\): its process "
                        "has ended; look at its log")


def test_a_rank_that_is_stopped_before_a_barrier_is_named(job, identifying_server):
    start_ranks(job, identifying_server, range(4), 4, "save", FAULTY_RANK=2, FAULT="SIGSTOP")
    stage, culprits = ask_why(identifying_server, 3, "save/step-100/last_member")
    assert culprits == [("silent", 2, 2)]
    assert_texts(stage, "rank 2 is connected, has not come, and is silent for "
                        rf"\d+ s \(127.*, pid {pid_of(job, 2)}\): look at what its process does")


def test_a_rank_with_a_larger_world_size_is_named(job, identifying_server):
    start_ranks(job, identifying_server, [0, 1, 2], 4, "environment")
    start_ranks(job, identifying_server, [3], 5, "environment")
    stage, culprits = ask_why(identifying_server, 1, "cpu//0/4")
    assert culprits == [("expects", 4, 4)]
    assert_texts(stage, r"rank 3 expects 5 or more, others 4 \(127\.0\.0\.1:\d+, pid "
                        rf"{pid_of(job, 3)}\): look for a wrong WORLD_SIZE")


def test_a_rank_that_is_started_twice_is_named(job, server):
    start_ranks(job, server, [0, 1, 2], 4, "environment")
    start_rank(job, server.address, 3, 4, "environment", RANK=2)
    stage, culprits = ask_why(server, 4, "cpu//0/3")
    assert culprits == [("twice", 2, 2), ("unknown", 3, 3)]
    assert_texts(stage, r"rank 2 is connected twice \(127.*\) and \(127.*\): look for a wrong RANK",
                 "rank 3 has not set an address, .*")


def test_a_rank_that_does_not_create_its_subgroup_is_named(job, server):
    start_ranks(job, server, range(6), 6, "subgroup", FAULTY_RANK=4)
    stage, culprits = ask_why(server, 2, "cpu//0/1")
    assert culprits == [("silent", 4, 4)]
    assert stage["missing"] == "4"
    assert_texts(stage, r"rank 4 is connected, has not set an address, and is silent for \d+ s .*")


def test_an_rpc_worker_that_is_missing_is_named(job, server):
    start_ranks(job, server, [0, 1, 3], 4, "rpc")
    stage, culprits = ask_why(server, 3, "rpc_prefix_0/0/2")
    assert culprits == [("unknown", 2, 2)]
    assert_texts(stage, r"worker 2 has not set an address, .*: was it started\?")


def test_a_rank_that_expects_a_larger_barrier_is_named(job, server):
    """It hangs only if that rank comes last: the others' barrier is full once four have come."""
    start_ranks(job, server, range(4), 4, "epoch", FAULTY_RANK=2)
    _, culprits = ask_why(server, 3, "epoch-1")
    assert culprits == [("silent", 2, 2)]
    os.kill(pid_of(job, 2), signal.SIGCONT)
    stage, culprits = ask_why(server, 4, "epoch-1")
    assert [kind for kind, *_ in culprits] == ["expects"]
    assert_texts(stage, r"rank 2 expects 5, others 4 \(127\.0\.0\.1:\d+\): look for a wrong "
                        "WORLD_SIZE")


def test_an_agent_whose_host_name_does_not_resolve_is_named(job, server):
    """Either agent may become agent 0, which then cannot open the workers' store."""
    start_agents(job, server, range(2), "node-a.invalid", nodes=2)
    stage, culprits = ask_why(server, 1, "MASTER_ADDR")
    assert culprits == [("unknown", 0, 0), ("before-key", 0, 0)]
    assert_texts(stage, "agent 0 has not published the address, and no client is known to be it: "
                        r"does the name of its host resolve\? If not, start torchrun with "
                        "--local-addr",
                 r"127\.0\.0\.1:\d+ is connected and has not set a key: perhaps it; silent for "
                 r"\d+ s")


def wait_about_as_long(why):
    seconds = [stage["longest_seconds"] for stage in why["stages"]]
    return why["waiting"] == 4 and min(seconds) > max(seconds) * 0.6


def test_ranks_of_one_job_with_different_prefixes_are_named(job, server):
    start_ranks(job, server, [0, 1], 4, "connect_first", JOB="job-1")
    start_ranks(job, server, [2, 3], 4, "connect_first", JOB="job-2")
    server.log.wait_for("event=slow-wait", seconds=60)
    http = Http(server.address)
    why = http.wait_until(f"/v1/why?hang={HANG_SECONDS}", wait_about_as_long)
    stages = {stage["job"]: stage for stage in why["stages"]}
    assert [(each["kind"], each["first"]) for each in stages["job-1"]["culprits"]] == \
        [("elsewhere", 2)]
    assert [(each["kind"], each["first"]) for each in stages["job-2"]["culprits"]] == \
        [("elsewhere", 0), ("elsewhere", 1)]
    assert_texts(stages["job-1"], r"rank 2 has another prefix and waits for /job-2/0//cpu//0/0 "
                                  r"\(127.*\): were both meant to be one job\?")
