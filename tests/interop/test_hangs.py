"""Jobs that hang, each because of one fault, and whom the server names as the cause."""

import os
import re
import signal
import socket
import threading

import pytest

from jobs import PYTHON, TORCHRUN, worker
from support.servers import Tcpstored

HANG_SECONDS = 1


@pytest.fixture
def server(tmp_path):
    running = Tcpstored(tmp_path, "--slow-wait", str(HANG_SECONDS))
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


def reason(server, *words):
    """Why the longest wait does not end, once it counts as a hang."""
    line = server.log.wait_for("event=slow-wait", *words, seconds=60)
    return re.search(r'reason="(.*)"$', line)[1]


def peer_of(job, rank, server):
    """The address of a rank's connection to the server."""
    pid = job.processes[f"rank{rank}"].pid
    inodes = set()
    for descriptor in os.listdir(f"/proc/{pid}/fd"):
        target = os.readlink(f"/proc/{pid}/fd/{descriptor}")
        if target.startswith("socket:["):
            inodes.add(target[8:-1])
    for family in ("tcp", "tcp6"):
        with open(f"/proc/{pid}/net/{family}") as table:
            for row in list(table)[1:]:
                columns = row.split()
                local, remote = (int(end.rpartition(":")[2], 16) for end in columns[1:3])
                if columns[9] in inodes and remote == server.address[1]:
                    return f"127.0.0.1:{local}"
    raise AssertionError(f"rank {rank} has no connection to the server")


class Host:
    """Another host: forwards what connects to it to the server, from an address of its own."""

    def __init__(self, server_address, source):
        self._server_address = server_address
        self._source = source
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = self._listener.getsockname()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            client, _ = self._listener.accept()
            server = socket.create_connection(self._server_address, source_address=(self._source, 0))
            for source, destination in ((client, server), (server, client)):
                threading.Thread(target=self._forward, args=(source, destination),
                                 daemon=True).start()

    @staticmethod
    def _forward(source, destination):
        try:
            while piece := source.recv(1 << 16):
                destination.sendall(piece)
            destination.shutdown(socket.SHUT_WR)
        except OSError:
            destination.close()


def test_a_rank_that_is_never_started_is_named(job, server):
    start_ranks(job, server, [0, 1, 3], 4, "environment")
    assert reason(server) == \
        "rank 2 has not set an address, and no client is known to be it: was it started?"


@pytest.mark.parametrize("fault, end", [
    ("SIGSTOP", r"127\.0\.0\.1:\d+ is connected and has not set a key: perhaps it; silent for \d s"),
    ("SIGKILL", r"127\.0\.0\.1:\d+ left \d s ago and had not set a key: perhaps it; look at its log"),
])
def test_a_rank_that_stops_before_its_first_key_is_named(job, server, fault, end):
    start_ranks(job, server, range(4), 4, "connect_first", FAULTY_RANK=2, FAULT=fault)
    found = reason(server, "has not set an address", "had not" if fault == "SIGKILL" else "perhaps")
    assert re.fullmatch("rank 2 has not set an address, and no client is known to be it: was it "
                        "started\\?; " + end, found)
    if fault == "SIGSTOP":
        assert peer_of(job, 2, server) in found


def test_a_host_that_lacks_a_rank_is_named(job, server):
    for rank in range(6):
        host = Host(server.address, f"127.0.1.{rank // 2 + 1}")
        if rank != 3:
            start_rank(job, host.address, rank, 6, "environment")
    assert reason(server) == ("host 127.0.1.2 lacks rank 3, where others have 2 ranks each: was it "
                              "started, or has it failed?")


def test_a_rank_that_dies_before_a_barrier_is_named(job, server):
    start_ranks(job, server, range(4), 4, "save", FAULTY_RANK=2, FAULT="SIGKILL")
    assert re.fullmatch(r"rank 2 left \d s ago and has not come \(127\.0\.0\.1:\d+\): its process "
                        r"has ended; look at its log", reason(server))


def test_a_rank_that_is_stopped_before_a_barrier_is_named(job, server):
    start_ranks(job, server, range(4), 4, "save", FAULTY_RANK=2, FAULT="SIGSTOP")
    found = reason(server)
    assert re.fullmatch(r"rank 2 is connected, has not come, and is silent for \d s "
                        rf"\({peer_of(job, 2, server)}\): look at what its process does", found)


def test_a_rank_with_a_larger_world_size_is_named(job, server):
    start_ranks(job, server, [0, 1, 2], 4, "environment")
    start_ranks(job, server, [3], 5, "environment")
    assert re.fullmatch(r"rank 3 expects 5 or more, others 4 \(127\.0\.0\.1:\d+\): look for a wrong "
                        "WORLD_SIZE", reason(server, "cpu//0/4"))


def test_a_rank_that_does_not_create_its_subgroup_is_named(job, server):
    start_ranks(job, server, range(6), 6, "subgroup", FAULTY_RANK=4)
    found = reason(server, "cpu//0/1")
    assert re.fullmatch(r"rank 4 is connected, has not set an address, and is silent for \d s "
                        rf"\({peer_of(job, 4, server)}\): look at what its process does", found)


def test_an_rpc_worker_that_is_missing_is_named(job, server):
    start_ranks(job, server, [0, 1, 3], 4, "rpc")
    assert reason(server) == \
        "worker 2 has not set an address, and no client is known to be it: was it started?"


def test_a_rank_with_a_wrong_size_of_a_barrier_is_named(job, server):
    """It only hangs if that rank comes last: the others' barrier is full when the fourth comes."""
    start_ranks(job, server, range(4), 4, "epoch", FAULTY_RANK=2)
    assert re.match(r"rank 2 is connected, has not come", reason(server, 'key="/epoch-1"'))
    peer = peer_of(job, 2, server)
    os.kill(job.processes["rank2"].pid, signal.SIGCONT)
    assert reason(server, 'key="/epoch-1"', "waiting=4") == \
        f"rank 2 expects 5, others 4 ({peer}): look for a wrong WORLD_SIZE"


def test_an_agent_whose_host_name_does_not_resolve_is_named(job, server):
    """Whichever agent becomes agent 0 cannot open the workers' store."""
    host, port = server.address
    for agent in range(2):
        job.start(f"agent{agent}", [
            *TORCHRUN, "--rdzv-backend=c10d", f"--rdzv-endpoint={host}:{port}", "--rdzv-id=job-1",
            "--rdzv-conf=is_host=0", "--local-addr=node-a.invalid", "--nnodes=2",
            "--nproc-per-node=2", worker("environment")])
    assert re.fullmatch(
        "agent 0 has not published the address, and no client is known to be it: does the name of "
        r"its host resolve\? If not, start torchrun with --local-addr; 127\.0\.0\.1:\d+ is "
        r"connected and has not set a key: perhaps it; silent for \d s", reason(server))
