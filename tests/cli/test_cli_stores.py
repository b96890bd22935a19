"""`tcpstore-cli stores`, `drain` and `--store` manage the stores of tcpstored."""

import http.server
import json
import re
import socket
import threading
from contextlib import contextmanager

import pytest

from support.cli import Cli
from support.waiting import wait_until

DONE, NO, USAGE, UNREACHABLE, TIMED_OUT, FAILED, NO_HTTP = range(7)
SECONDS = 20


@pytest.fixture
def open_store(cli):
    """Opens a store, and returns the command line on its port."""

    def open_store(name):
        done = cli("stores", "open", name)
        assert (done.status, done.stderr) == (DONE, "")
        return Cli((cli.address[0], int(done.stdout)))

    return open_store


def rows(cli):
    """The cells of the list of stores, by name."""
    done = cli("stores")
    assert (done.status, done.stderr) == (DONE, "")
    names = done.lines[0].split()
    cells = [re.split(" {2,}", line) for line in done.lines[1:]]
    return {each[0]: dict(zip(names, each)) for each in cells}


# stores

def test_open_prints_a_port_alone_that_stays_the_same(cli):
    first, second = cli("stores", "open", "job-1"), cli("STORES", "OPEN", "job-1")
    assert re.fullmatch(r"[1-9]\d*\n", first.stdout)
    assert (second.status, second.stdout, second.stderr) == (DONE, first.stdout, "")
    assert cli("stores", "open", "job-2").stdout != first.stdout


def test_an_opened_store_has_keys_of_its_own(cli, open_store):
    job = open_store("job-1")
    assert job("set", "k", "v").status == DONE
    assert job("keys").lines == ["k"] and cli("keys").lines == []


def test_open_in_json_prints_the_store(cli):
    store = json.loads(cli("stores", "open", "job-1", "--json").stdout)
    assert store["name"] == "job-1"
    assert cli("stores", "open", "job-1").stdout == f"{store['port']}\n"


def test_stores_lists_each_with_its_figures(cli, open_store):
    job = open_store("job-1")
    assert job(stdin=b"set a v\nset b v\n").status == DONE
    process = job.start("wait", "never", "--timeout", 100)
    try:
        wait_until(lambda: rows(cli)["job-1"]["WAITING"] == "1", SECONDS)
        done = cli("stores")
    finally:
        process.kill()
        process.communicate()
    assert done.lines[0].split() == ["NAME", "PORT", "CLIENTS", "WAITING", "LONGEST", "KEYS",
                                     "MEMORY", "LIMIT"]
    own, listed = done.lines[1:]
    assert re.match(rf"- +{cli.address[1]} +0 +0 +0 +[\d.]+ KiB +[\d.]+ [KMG]iB$", own)
    assert re.match(rf"job-1 +{job.address[1]} +1 +1 +[\d.]+ s +2 +[\d.]+ KiB +[\d.]+ [KMG]iB$",
                    listed)


def test_stores_in_json_prints_an_object_per_line(cli, open_store):
    job = open_store("job-1")
    listed = [json.loads(line) for line in cli("stores", "--json").lines]
    assert [(each["name"], each["port"]) for each in listed] == [
        ("", cli.address[1]), ("job-1", job.address[1])]


def test_close_disconnects_the_clients_and_removes_the_store(cli, open_store):
    job = open_store("job-1")
    process = job.start("wait", "never", "--timeout", 100)
    wait_until(lambda: rows(cli)["job-1"]["CLIENTS"] == "1", SECONDS)
    done = cli("stores", "close", "job-1")
    assert (done.status, done.stdout) == (DONE, "job-1: closed; 1 client disconnected\n")
    process.communicate(timeout=SECONDS)
    assert process.returncode == UNREACHABLE and list(rows(cli)) == ["-"]


def test_close_of_a_missing_store_exits_with_1(cli):
    done = cli("stores", "close", "job-1")
    assert (done.status, done.stdout) == (NO, "")
    assert "job-1: no store has this name; 'tcpstore-cli stores' lists them" in done.stderr


@pytest.mark.parametrize("name", ["..", ".hidden", "a/b", "a?b", "a b", "ä", "x" * 65])
def test_a_name_that_the_server_refuses_exits_with_2(cli, name):
    for action in ("open", "close"):
        done = cli("stores", action, name)
        assert (done.status, done.stdout) == (USAGE if action == "open" else NO, "")
    assert "the name of a store has" in cli("stores", "open", name).stderr
    assert list(rows(cli)) == ["-"]


@pytest.mark.parametrize("words, reason", [
    (("open",), "open: expected nothing, open NAME or close NAME"),
    (("remove", "job-1"), "remove: expected nothing, open NAME or close NAME"),
    (("open", ""), "'': an empty NAME, perhaps from an unset variable"),
    (("open", "job-1", "job-2"), "job-2: one argument too many"),
    (("--store", "job-1"), "--store does not apply to this command")], ids=str)
def test_wrong_arguments_exit_with_2(cli, words, reason):
    done = cli("stores", *words)
    assert (done.status, done.stdout) == (USAGE, "") and reason in done.stderr


def test_open_succeeds_by_any_name_of_the_server(cli):
    """The server refuses changes with most names as Host."""
    done = Cli(("ip6-localhost.localhost", cli.address[1]))("stores", "open", "job-1")
    if done.status == UNREACHABLE:
        pytest.skip("names below localhost are not resolved here")
    assert done.status == DONE


# --store

def test_commands_over_http_ask_about_the_given_store(cli, open_store):
    job = open_store("job-1")
    assert job("set", "k", "v").status == DONE
    process = job.start("wait", "never", "--timeout", 100)
    try:
        wait_until(lambda: len(cli("clients", "--store", "job-1").lines) == 2, SECONDS)
        assert json.loads(cli("stat", "--json", "--store", "job-1").stdout)["keys"] == 1
        assert json.loads(cli("stat", "--json").stdout)["keys"] == 0
        assert cli("why", "--store", "job-1").stdout.startswith("1 client is connected")
        assert cli("why", "--store", "job-1", "--hang", 0).status == NO
        assert json.loads(cli("why", "--json", "--store", "job-1").stdout)["connected"] == 1
        assert json.loads(cli("why", "--json").stdout)["connected"] == 0
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("name", ["why", "stat", "clients"])
def test_an_unknown_store_exits_with_5_and_a_hint_at_the_list(cli, name):
    done = cli(name, "--store", "job 1&limit=1")
    assert (done.status, done.stdout) == (FAILED, "")
    assert done.stderr == (f"tcpstore-cli: {name}: --store job 1&limit=1: no store has this name\n"
                           "'tcpstore-cli stores' lists them\n")


@pytest.mark.parametrize("typed, meant", [("hang", "hang.12"), ("hnag.2", "hang.2"), ("other", None)])
def test_an_unknown_store_gets_a_suggestion(cli, open_store, typed, meant):
    """torchrun's plug-in names an attempt's store after the job and the attempt."""
    for name in ("hang.2", "hang.12", "hanging"):
        open_store(name)
    done = cli("why", "--store", typed)
    suggestion = f"; did you mean {meant}?" if meant else ""
    assert (done.status, done.stdout) == (FAILED, "")
    assert f"--store {typed}: no store has this name{suggestion}\n" in done.stderr


@pytest.mark.parametrize("words", [("flush", "*"), ("keys",), ("get", "k"), ("dump",), ("missing", "r{}", "0")],
                         ids=" ".join)
def test_a_command_on_keys_says_how_to_reach_a_store(cli, words):
    done = cli("--store", "job-1", *words)
    assert (done.status, done.stdout) == (USAGE, "")
    assert ("--store does not apply to this command; use -p PORT: 'tcpstore-cli stores' lists the "
            "ports\n") in done.stderr


@pytest.mark.parametrize("name", ["drain", "monitor"])
def test_a_command_on_the_whole_server_is_not_sent_to_a_port(cli, name):
    done = cli("--store", "job-1", name)
    assert done.status == USAGE and "-p PORT" not in done.stderr


# drain

def test_drain_says_how_many_clients_are_left_and_the_server_exits_after_them(start):
    server = start()
    cli = Cli(server.address)
    clients = [server.connect() for _ in range(2)]
    for client in clients:
        client.ping()
    done = cli("drain")
    assert (done.status, done.stderr) == (DONE, "")
    assert done.stdout.startswith("draining: 2 clients are left, in all stores; ")
    clients[0].leave()
    wait_until(lambda: json.loads(cli("drain", "--json").stdout)["clients"] == 1, SECONDS)
    assert cli("drain").stdout.startswith("draining: 1 client is left, in all stores; ")
    assert server.process.poll() is None
    clients[1].leave()
    assert server.process.wait(SECONDS) == 0


def test_drain_counts_the_clients_of_all_stores(start):
    server = start()
    cli = Cli(server.address)
    job = Cli((server.address[0], int(cli("stores", "open", "job-1").stdout)))
    client = server.connect()
    client.ping()
    process = job.start("wait", "never", "--timeout", 100)
    wait_until(lambda: rows(cli)["job-1"]["WAITING"] == "1", SECONDS)
    assert cli("drain").stdout.startswith("draining: 2 clients are left, in all stores; ")
    assert job("drain").stdout.startswith("draining: 2 clients are left, in all stores; ")
    process.kill()
    process.communicate()
    client.leave()
    assert server.process.wait(SECONDS) == 0


def test_drain_of_an_unused_server_ends_it(start):
    server = start()
    done = Cli(server.address)("drain")
    assert (done.status, done.stdout) == (DONE, "draining: no client is connected; the server exits\n")
    assert server.process.wait(SECONDS) == 0


# Servers without stores

COMMANDS = [("stores",), ("stores", "open", "job-1"), ("stores", "close", "job-1"), ("drain",)]


@pytest.mark.parametrize("words", [*COMMANDS, ("stat",), ("clients",), ("monitor",), ("trace",)], ids=" ".join)
def test_pytorchs_own_server_cannot_and_exits_with_6(torch_server, words):
    done = Cli(torch_server.address)(*words)
    assert (done.status, done.stdout) == (NO_HTTP, "")
    assert "does not answer over HTTP: it cannot be asked to\n" in done.stderr
    assert "PyTorch's own server, which cannot" in done.stderr
    assert "missing" not in done.stderr


class Older(http.server.BaseHTTPRequestHandler):
    """tcpstored before it had stores."""

    def do_GET(self):
        path, _, query = self.path.partition("?")
        if path == "/healthz":
            self.answer(200, "ok")
        elif "store=" in query:
            self.answer(400, "the argument store is unknown")
        else:
            self.answer(404, "no such path")

    def do_PUT(self):
        self.answer(405, "only GET and HEAD are served here")

    do_DELETE = do_PUT

    def answer(self, status, reason):
        text = json.dumps({"error": reason}).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


class Foreign(Older):
    def answer(self, status, reason):
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()


@contextmanager
def serving(handler):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Cli(server.server_address)
        server.shutdown()


class RelayWithoutPorts(Older):
    """A relay on a host on which other programs have the ports 7 and 8."""

    def do_GET(self):
        served = {6: True, 7: False, 8: None}
        if self.path == "/v1/relay":
            self.send({"stores": [{"port": port, "served": is_served} for port, is_served in served.items()]})
        else:
            super().do_GET()

    def do_PUT(self):
        self.send({"name": "job", "port": int(self.path[-1])})

    def send(self, answer):
        text = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


def test_open_at_a_relay_that_cannot_serve_the_store_says_so():
    with serving(RelayWithoutPorts) as cli:
        for port in 5, 6, 8:
            assert cli("stores", "open", f"job-{port}").status == DONE
        done = cli("stores", "open", "job-7")
    assert (done.status, done.stdout) == (FAILED, "7\n")
    assert "job-7 is open, but this relay cannot serve it: clients on its host cannot connect to port 7" in done.stderr


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_an_older_tcpstored_is_named_as_too_old(words):
    with serving(Older) as cli:
        done = cli(*words)
    assert (done.status, done.stdout) == (FAILED, "")
    assert (f"{words[0]}: the tcpstored at 127.0.0.1, port {cli.address[1]} is too old for this "
            "command") in done.stderr
    assert done.stderr.endswith("install a newer one there\n")


def test_store_on_an_older_tcpstored_says_that_it_has_only_one():
    with serving(Older) as cli:
        done = cli("why", "--store", "job-1")
    assert (done.status, done.stdout) == (FAILED, "")
    assert "--store job-1: an older tcpstored has only one store" in done.stderr


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_another_http_server_is_not_taken_for_tcpstored(words):
    with serving(Foreign) as cli:
        done = cli(*words)
    assert (done.status, done.stdout) == (UNREACHABLE, "")
    assert "the HTTP server there is not tcpstored" in done.stderr


def test_no_server_exits_with_3():
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        done = Cli(bound.getsockname())("stores", "open", "job-1")
    assert (done.status, done.stdout) == (UNREACHABLE, "")
