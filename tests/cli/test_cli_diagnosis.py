"""`tcpstore-cli why`, `stat` and `clients` ask tcpstored over HTTP."""

import http.server
import json
import os
import re
import select
import signal
import socket
import subprocess
import threading

import pytest

from support.cli import Cli, cli_program, command, end_of, run_cli
from support.recording import play
from support.servers import assert_no_sanitizer_report
from support.waiting import wait_until

DONE, HANGS, USAGE, UNREACHABLE, TIMED_OUT, FAILED, NO_HTTP = range(7)
NEVER_STARTS = "1-rank-never-starts.jsonl"
HOSTILE = b"/\x1b[2J\xe2\x80\xae\r\n" + "é".encode() + b"\xff"


def waits_for_seconds(cli, seconds):
    return json.loads(cli("why", "--json").stdout)["longest_seconds"] >= seconds


@pytest.fixture
def hanging(tcpstored):
    """The command line on a server whose seven clients wait for an eighth."""
    server, _ = tcpstored("--slow-wait", "1")
    clients = play(server.address, NEVER_STARTS)
    cli = Cli(server.address)
    wait_until(lambda: waits_for_seconds(cli, 1), 10)
    yield cli
    for client in clients:
        client.close()


# why

def test_why_of_a_hang_names_the_rank_and_exits_with_1(hanging):
    done = hanging("why")
    assert (done.status, done.stderr) == (HANGS, "")
    assert done.lines[0].startswith("7 clients are connected; 7 wait, the longest for ")
    assert "→ rank 3 has not set an address" in done.stdout


def test_why_in_json_is_one_object_and_exits_with_1(hanging):
    done = hanging("why", "--json")
    assert (done.status, done.stderr, len(done.lines)) == (HANGS, "", 1)
    answer = json.loads(done.stdout)
    assert (answer["verdict"], answer["stages"][0]["missing"]) == ("hangs", "3")


@pytest.mark.parametrize("words", [(), ("--json",)], ids=["text", "json"])
def test_waits_shorter_than_hang_exit_with_0(hanging, words):
    done = hanging("why", "--hang", 1000, *words)
    assert done.status == DONE and "rank 3 has not set an address" in done.stdout


def test_waits_of_any_length_hang_with_hang_0(tcpstored):
    server, connect = tcpstored()
    connect().wait(b"/go")
    cli = Cli(server.address)
    assert (cli("why").status, cli("why", "--hang", 0).status) == (DONE, HANGS)


def test_world_adds_the_ranks_that_the_server_does_not_know(hanging):
    done = hanging("why", "--world", 16)
    assert "7 of 16 ranks have set an address" in done.stdout and "ranks 8-15" in done.stdout


def test_all_omits_no_culprit(tcpstored):
    server, connect = tcpstored()
    for rank in range(0, 60, 2):
        connect().set(f"/default_pg/0//cpu//0/{rank}", b"")
    connect().wait("/default_pg/0//cpu//0/59")
    cli = Cli(server.address)
    brief, whole = cli("why"), cli("why", "--all")
    assert len(whole.lines) > len(brief.lines)


def test_why_of_an_idle_server_exits_with_0_and_counts_no_client(cli):
    assert cli("why").status == DONE
    answer = json.loads(cli("why", "--json").stdout)
    assert (answer["verdict"], answer["connected"]) == ("idle", 0)


def test_keys_that_would_change_the_terminal_are_escaped(tcpstored):
    server, connect = tcpstored("--slow-wait", "1")
    connect().wait(HOSTILE)
    connect().set(HOSTILE + b"2", b"")
    cli = Cli(server.address)
    for words in (("why",), ("why", "--json"), ("clients",), ("clients", "--json"), ("stat",)):
        done = cli(*words)
        assert done.status == DONE, words
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", done.stdout), words
    shown = r"\x1b[2J\xe2\x80\xae\r\né\xff"
    assert shown in cli("clients").stdout


# stat

def test_stat_shows_clients_keys_and_requests(hanging):
    done = hanging("stat")
    assert (done.status, done.stderr) == (DONE, "")
    assert re.search(r"^server +tcpstored \S+, process \d+, up for ", done.stdout, re.M)
    assert re.search(r"^clients +7 connected, ", done.stdout, re.M)
    assert re.search(r"^waiting +7, the longest for \d", done.stdout, re.M)
    assert re.search(r"^store +8 keys, 0 queues$", done.stdout, re.M)
    assert re.search(r"^memory +\S+ [KM]iB of ", done.stdout, re.M)
    assert re.search(r"^ +7  SET$", done.stdout, re.M)
    assert "MULTI_GET" not in done.stdout


def test_stat_in_json_is_one_object(hanging):
    answer = json.loads(hanging("stat", "--json").stdout)
    assert (answer["clients"], answer["waiting"], answer["requests"]["SET"]) == (7, 7, 7)


def numbers(line):
    return re.findall(r"[\d.,]+(?: (?:[KMG]?i?B|s|min))?", line)


def restore_interrupts():
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # background jobs inherit SIG_IGN


def test_stat_every_prints_a_line_for_each_interval_with_rates(tcpstored):
    server, connect = tcpstored()
    client = connect()
    process = subprocess.Popen(command(server.address, "stat", "--every", "0.3"),
                               stdout=subprocess.PIPE, text=True, preexec_fn=restore_interrupts)
    heading = process.stdout.readline().split()
    assert heading == ["CLIENTS", "WAITING", "LONGEST", "KEYS", "MEMORY", "REQUESTS/S", "IN/S",
                       "OUT/S"]
    assert process.stdout.readline().split()[:2] == ["1", "0"]
    rates = []
    while not any(rates):
        for _ in range(100):
            client.set("k", b"")
        client.settle()
        rates.append(int(process.stdout.readline().split()[5].replace(",", "")))
    assert 0 < max(rates) < 100_000
    process.send_signal(signal.SIGINT)
    process.wait(10)
    process.stdout.close()


def test_stat_every_ends_with_3_when_the_server_does(start):
    server = start()
    process = Cli(server.address).start("stat", "--every", "0.1", "--json")
    json.loads(process.stdout.readline())
    server.end_by(signal.SIGTERM)
    done = end_of(process)
    assert done.status == UNREACHABLE and "no answer over HTTP" in done.stderr


# clients

def test_clients_lists_what_each_waits_for(hanging):
    done = hanging("clients")
    assert (done.status, done.stderr, len(done.lines)) == (DONE, "", 8)
    assert done.lines[0].split("  ")[0] == "ID"
    for line in done.lines[1:]:
        assert re.search(r" 127\.0\.1\.1:\d+ .* \d s  job-1/1/default_pg/0//cpu//0/3  "
                         r"job-1/1/default_pg/0//cpu//0/[0-7]$", line), line


def test_clients_follows_all_pages(tcpstored):
    server, connect = tcpstored()
    clients = [connect() for _ in range(1003)]
    clients[-1].settle()
    cli = Cli(server.address)
    assert len(cli("clients").lines) == 1004
    assert len({json.loads(line)["id"] for line in cli("clients", "--json").lines}) == 1003
    assert len(cli("clients", "-n", 1001).lines) == 1002
    assert len(cli("clients", "--json", "--limit", 2).lines) == 2


def test_keys_of_clients_are_named_as_by_other_commands(hanging):
    prefixed = hanging("clients", "--prefix", "job-1").stdout
    assert " 1/default_pg/0//cpu//0/3 " in prefixed and "job-1" not in prefixed
    assert " /job-1/1/default_pg/0//cpu//0/3 " in hanging("clients", "--raw-keys").stdout


# monitor and trace

TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"


class Monitor:
    def __init__(self, server, *words):
        self.process = subprocess.Popen(command(server.address, "monitor", *words), text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        preexec_fn=restore_interrupts)

    def wait_for(self, pattern):
        """Reads lines up to one that matches, and returns all of them."""
        lines = []
        while not lines or not re.search(pattern, lines[-1]):
            line = self.process.stdout.readline()
            assert line, self.process.stderr.read()
            lines.append(line.rstrip("\n"))
        return lines

    def start(self, client):
        """Until it prints what happens from now on."""
        while not select.select([self.process.stdout], [], [], 0.05)[0]:
            client.ping()

    def end(self):
        self.process.send_signal(signal.SIGINT)
        _, stderr = self.process.communicate(timeout=60)
        assert_no_sanitizer_report(stderr)
        return stderr


def test_monitor_prints_operations_as_they_happen(tcpstored):
    server, connect = tcpstored()
    client = connect()
    client.set(b"/before", b"")
    monitor = Monitor(server, "--every", "0.1")
    monitor.start(client)
    client.set(b"/now", b"value")
    connect().wait(b"/missing")
    lines = monitor.wait_for("missing")
    assert not any("before" in line for line in lines)
    assert re.fullmatch(rf"{TIME} +1 SET +now, 5 bytes",
                        next(line for line in lines if "SET" in line))
    assert re.fullmatch(rf"{TIME} +\d+ WAIT +missing, waits", lines[-1])
    client.set(b"/last", b"")
    assert len(monitor.wait_for("last")) == 1, "an operation was printed twice"
    assert monitor.end() == ""


def test_monitor_prints_only_keys_that_match(tcpstored):
    server, connect = tcpstored()
    client, other = connect(), connect()
    monitor = Monitor(server, "job/*", "--every", "0.1", "--json", "--client", "1")
    while not select.select([monitor.process.stdout], [], [], 0.05)[0]:
        client.set(b"/job/start", b"")
        client.settle()
    client.set(b"/other", b"")
    other.set(b"/job/of-another-client", b"")
    other.settle()
    client.set(b"/job/end", b"")
    keys = [json.loads(line)["key"] for line in monitor.wait_for("job/end")]
    assert set(keys) == {"job/start", "job/end"}
    monitor.end()


def test_monitor_says_how_many_operations_it_has_missed(tcpstored):
    server, connect = tcpstored("--record", "64K")
    client = connect()
    monitor = Monitor(server, "--every", "0.5")
    monitor.start(client)
    for number in range(10_000):
        client.set(b"/key-%d" % number, b"")
    client.settle()
    monitor.wait_for("key-9999")
    assert re.search(r"missing here: \d+ operations, overwritten", monitor.end())


def test_monitor_goes_on_after_a_restart_of_the_server(start):
    """The socket stays open meanwhile, as under systemd."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        flags = ["--listen-fd", str(listener.fileno())]
        first = start(*flags, pass_fds=[listener.fileno()])
        client = first.connect()
        monitor = Monitor(first, "--every", "0.1")
        monitor.start(client)
        first.end_by(signal.SIGTERM)
        client = start(*flags, pass_fds=[listener.fileno()]).connect()
        client.set(b"/again", b"")
        monitor.wait_for("again")
        monitor.end()


def test_a_server_without_record_exits_with_5(tcpstored):
    cli = Cli(tcpstored("--record", "0")[0].address)
    for name in ("monitor", "trace"):
        done = cli(name)
        assert done.status == FAILED and "--record 0" in done.stderr


def test_trace_without_a_file_asks_the_server(tcpstored):
    server, connect = tcpstored()
    client = connect()
    for number in range(10):
        client.set(HOSTILE + b"%d" % number, b"")
    client.settle()
    done = Cli(server.address)("trace", "-n", 3, "--key", "*[0-9]")
    assert (done.status, done.stderr, len(done.lines)) == (DONE, "", 3)
    assert done.lines[2].endswith(r" SET         \x1b[2J\xe2\x80\xae\r\né\xff9, 0 bytes")


# Servers that cannot answer

def test_pytorchs_own_server_exits_with_6_and_a_hint_at_missing(torch_server):
    done = Cli(torch_server.address)("why")
    assert (done.status, done.stdout) == (NO_HTTP, "")
    assert "PyTorch's own server, which cannot" in done.stderr
    port = torch_server.address[1]
    assert f"tcpstore-cli -h 127.0.0.1 -p {port} missing 'KEY_{{}}' 0..N" in done.stderr


def test_http_off_exits_with_6(start):
    done = Cli(start("--http", "off").address)("why")
    assert done.status == NO_HTTP and "--http off" in done.stderr


def test_http_names_a_listener_of_its_own(tcpstored):
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port = bound.getsockname()[1]
    server, _ = tcpstored("--http-bind", f"127.0.0.1:{port}")
    cli = Cli(server.address)
    done = cli("why")
    assert done.status == NO_HTTP and "--http HOST:PORT" in done.stderr
    for http in (f"127.0.0.1:{port}", f"[::ffff:127.0.0.1]:{port}", f"localhost:{port}"):
        assert cli("why", "--http", http).status == DONE
    environment = {**os.environ, "TCPSTORE_HTTP": f"127.0.0.1:{port}"}
    subprocess.run(command(server.address, "stat"), env=environment, check=True, timeout=60,
                   stdout=subprocess.DEVNULL)


def test_no_server_exits_with_3():
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port = bound.getsockname()[1]
        for words in ((), ("--http", f"127.0.0.1:{port}")):
            done = run_cli("-p", port, "why", *words)
            assert (done.status, done.stdout) == (UNREACHABLE, "")
            assert "connection refused" in done.stderr.lower()


def test_a_wrong_http_address_exits_with_3(cli):
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port = bound.getsockname()[1]
        done = cli("why", "--http", f"127.0.0.1:{port}")
    assert done.status == UNREACHABLE
    assert f"127.0.0.1, port {port}: no answer over HTTP: Connection refused" in done.stderr


def test_a_silent_server_exits_with_3_within_the_timeout():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        done = Cli(silent.getsockname())("why", "--timeout", "0.5")
        assert done.status == UNREACHABLE and "got no response" in done.stderr


class Foreign(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        answer = b"ok\n" if self.path == "/healthz" else b"<html>nothing here</html>"
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


class Silent(Foreign):
    """Answers no question, but all else."""

    def do_GET(self):
        if self.path.startswith("/why"):
            self.rfile.read(1)
        else:
            super().do_GET()


def test_another_server_that_does_not_answer_is_not_taken_for_a_relay():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Silent) as silent:
        threading.Thread(target=silent.serve_forever, daemon=True).start()
        done = Cli(silent.server_address)("why", "--timeout", "0.5")
        silent.shutdown()
    assert done.status == TIMED_OUT and "no answer over HTTP" in done.stderr
    assert "--http HOST:PORT" in done.stderr and "relay" not in done.stderr


@pytest.mark.parametrize("words", [("why",), ("why", "--json"), ("stat",), ("clients",), ("monitor",)],
                         ids=" ".join)
def test_another_http_server_exits_with_3(words):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Foreign) as foreign:
        threading.Thread(target=foreign.serve_forever, daemon=True).start()
        done = Cli(foreign.server_address)(*words)
        foreign.shutdown()
    assert (done.status, done.stdout) == (UNREACHABLE, "")
    assert "is not tcpstored" in done.stderr


def test_proxies_of_the_environment_are_not_used(cli):
    environment = {**os.environ, "http_proxy": "http://127.0.0.1:1", "all_proxy": "socks5://[::1]:1"}
    subprocess.run(command(cli.address, "stat"), env=environment, check=True, timeout=60,
                   stdout=subprocess.DEVNULL)


def test_wait_retries_until_the_server_listens(tcpstored):
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        process = Cli(bound.getsockname()).start("why", "--wait")
        tcpstored("--listen-fd", str(bound.fileno()), pass_fds=[bound.fileno()])
        assert end_of(process).status == DONE


# Arguments

@pytest.mark.parametrize("words, reason", [
    (("why", "--world", "0"), "--world 0: not a number of ranks"),
    (("why", "--hang", "1.5"), "--hang 1.5: not a whole number of seconds"),
    (("stat", "--every", "0.01"), "--every 0.01: not a number of seconds"),
    (("why", "--http", "head:"), "--http head:: not a server, expected HOST:PORT"),
    (("why", "rank"), "rank: one argument too many"),
    (("get", "k", "--world", "2"), "--world does not apply to this command"),
], ids=lambda words: " ".join(words) if isinstance(words, tuple) else "")
def test_a_wrong_argument_exits_with_2(words, reason):
    done = run_cli(*words)
    assert (done.status, done.stdout) == (USAGE, "") and reason in done.stderr


def test_commands_at_the_prompt_take_turns_with_those_on_the_store(cli):
    done = cli(stdin=b"set k v\nwhy --json\nget k\nstat --json\n")
    assert (done.status, len(done.lines)) == (DONE, 3)
    assert json.loads(done.lines[0])["connected"] == 0, "its own connection counts as a client"
    assert done.lines[1] == "v" and json.loads(done.lines[2])["keys"] == 1


def test_a_server_that_stops_answering_exits_with_4(start):
    server = start()
    process = Cli(server.address).start("stat", "--every", "0.1", "--timeout", "0.5")
    process.stdout.readline()
    server.process.send_signal(signal.SIGSTOP)
    done = end_of(process)
    server.process.send_signal(signal.SIGCONT)
    assert done.status == TIMED_OUT and "no answer over HTTP" in done.stderr
