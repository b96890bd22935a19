"""`tcpstore-cli` against a server: every command, every exit status."""

import itertools
import json
import re
import socket
import struct
import subprocess
import threading

import pytest

from support import wire
from support.cli import Cli, cli_program, command, end_of, run_cli
from support.client import Client
from support.servers import Tcpstored

DONE, NO, USAGE, UNREACHABLE, TIMED_OUT, FAILED = range(6)

BINARY = bytes(range(256))
numbers = itertools.count()


@pytest.fixture
def cli(shared):
    return Cli(shared.address)


@pytest.fixture
def alone(fresh_server):
    """On a store without other clients."""
    return Cli(fresh_server.address)


@pytest.fixture
def other(shared):
    """A raw client of the same server; its keys are as on the wire."""
    client = Client(shared.address)
    yield client
    client.close()


@pytest.fixture
def key(request):
    """A key of this test only, without characters that are escaped."""
    return f"{request.node.originalname}/{next(numbers)}"


def json_lines(done):
    return [json.loads(line) for line in done.lines]


# Help and the command line

def test_help_lists_every_command_and_flag_within_80_columns():
    done = run_cli("--help")
    assert (done.status, done.stderr) == (DONE, "")
    assert max(map(len, done.lines)) <= 80
    for name in ("set", "get", "add", "cas", "lock", "wait", "check", "append", "mget", "mset",
                 "del", "keys", "nkeys", "push", "pop", "qlen", "barrier", "ping", "missing",
                 "dump", "load", "help"):
        assert re.search(rf"^  {name}( |$)", done.stdout, re.MULTILINE), name
    for flag in ("-h, --host", "-p, --port", "--prefix", "--json", "--raw", "--raw-keys",
                 "--wait", "--timeout", "--file", "--now", "--watch", "--sizes", "--escapes",
                 "--help", "--version"):
        assert f"  {flag} " in done.stdout, flag


def test_help_of_a_command_prints_its_usage():
    done = run_cli("help", "cas")
    assert done.status == DONE and "cas KEY EXPECTED VALUE" in done.stdout
    assert run_cli("help").status == DONE
    assert run_cli("help", "nothing").status == USAGE


def test_version_prints_three_numbers():
    assert re.fullmatch(r"tcpstore-cli \d+\.\d+\.\d+\n", run_cli("--version").stdout)


@pytest.mark.parametrize("words, named", [
    ([], "no command"),
    (["frobnicate"], "frobnicate"),
    (["--frobnicate", "ping"], "--frobnicate"),
    (["-x", "ping"], "-x"),
    (["-p", "0", "ping"], "0"),
    (["-p"], "-p"),
    (["--timeout", "soon", "ping"], "soon"),
    (["--json=1", "ping"], "--json=1"),
    (["--raw-keys", "--prefix", "job", "keys"], "--prefix job"),
    (["--raw", "--json", "get", "k"], "--raw"),
    (["get"], "KEY"),
    (["get", "a", "b"], "b"),
    (["set", "a"], "VALUE"),
    (["mset", "a", "1", "b"], "value"),
    (["add", "a", "much"], "much"),
    (["add", "a", "9223372036854775808"], "9223372036854775808"),
    (["barrier", "a", "all"], "all"),
    (["get", "--watch", "a"], "--watch"),
    (["set", "--now", "a", "b"], "--now"),
    (["ping", "--file", "f"], "--file"),
    (["missing", "rank", "0..3"], "{}"),
    (["missing", "rank_{}", "3..0"], "3..0"),
    (["missing", "rank_{}", "0..-1"], "0..-1"),
    (["missing", "rank_{}", "0..99999999999"], "0..99999999999"),
    (["set", "--file", "/nowhere/at all", "k"], "/nowhere/at all"),
    (["set", "k", "--file", "f"], "--file: one argument too many; put flags before KEY"),
    (["load", "/nowhere/at all"], "/nowhere/at all"),
    (["get", "back\\slash"], "back\\slash"),
    (["set", "--escapes", "k", "back\\slash"], "back\\slash"),
    (["mset", "a", "-", "b", "-"], "only once"),
])
def test_a_wrong_command_line_exits_with_2_and_names_the_mistake(cli, words, named):
    done = cli(*words)
    assert (done.status, done.stdout) == (USAGE, "")
    assert done.stderr.startswith("tcpstore-cli: ") and named in done.stderr
    assert re.search("--help|usage:|'help'", done.stderr)


def test_flags_before_and_after_the_command_apply(cli, key):
    assert cli("--prefix", key, "set", "k", "v").status == DONE
    assert cli("get", "k", "--json", "--prefix", key).stdout == '{"key":"k","value":"v"}\n'
    assert cli("get", "--prefix", key, "--", "k").stdout == "v\n"


def test_values_and_numbers_with_a_dash_are_arguments(cli, key):
    assert cli("set", key, "--json").status == DONE
    assert cli("get", key).stdout == "--json\n"
    assert cli("add", key + "n", -3).stdout == "-3\n"
    assert cli("set", "--", "--" + key, "--raw").status == DONE
    assert cli("get", "--", "--" + key).stdout == "--raw\n"


# One key

def test_get_after_set_prints_the_value(cli, other, key):
    done = cli("set", key, "value")
    assert (done.status, done.stdout, done.stderr) == (DONE, "", "")
    assert other.get("/" + key) == b"value"
    assert cli("get", key).stdout == "value\n"
    assert json_lines(cli("--json", "get", key)) == [{"key": key, "value": "value"}]


def test_get_of_a_missing_key_waits_until_it_is_set(cli, other, key):
    process = cli.start("get", key)
    other.set("/" + key, "late")
    assert end_of(process).stdout == "late\n"


def test_get_of_a_key_that_is_never_set_times_out_and_names_the_key(cli, key):
    done = cli("--timeout", "0.1", "get", key)
    assert (done.status, done.stdout) == (TIMED_OUT, "")
    assert "timed out" in done.stderr and f"missing: {key}\n" in done.stderr
    assert "--timeout" in done.stderr


def test_get_now_of_a_missing_key_exits_with_1(cli, key):
    done = cli("get", "--now", key)
    assert (done.status, done.stdout) == (NO, "")
    assert key in done.stderr and "tcpstore-cli keys" in done.stderr
    cli("set", key, "")
    assert cli("get", "--now", key).stdout == "\n"


def test_set_stores_the_bytes_of_standard_input_and_of_a_file(cli, other, key, tmp_path):
    assert cli("set", key, "-", stdin=BINARY).status == DONE
    assert other.get("/" + key) == BINARY
    (tmp_path / "value").write_bytes(BINARY[::-1])
    assert cli("set", "--file", tmp_path / "value", key).status == DONE
    assert other.get("/" + key) == BINARY[::-1]
    assert cli("set", key, "-", stdin=b"").status == DONE
    assert other.get("/" + key) == b""


def test_get_of_a_large_value_prints_all_bytes(cli, key):
    value = BINARY * (1 << 14)
    assert cli("set", key, "-", stdin=value).status == DONE
    assert cli("--raw", "get", key).bytes == value


def test_get_raw_prints_only_the_bytes(cli, other, key):
    other.set("/" + key, BINARY)
    other.settle()
    assert cli("get", "--raw", key).bytes == BINARY


@pytest.mark.parametrize("value, shown", [
    (b"plain", "plain"),
    (b"two\nlines\r\n\ttab", r"two\nlines\r\n\ttab"),
    (b"back\\slash", r"back\\slash"),
    (b"\0\x01\x1b[2J\x7f", r"\x00\x01\x1b[2J\x7f"),
    ("Größe 大小 🦩".encode(), "Größe 大小 🦩"),
    (b"\xff\xc3(", r"\xff\xc3("),
    (b"\xc2\x9b2J", r"\xc2\x9b2J"),
    (b"\xc0\x80\xe0\x80\x80\xed\xa0\x80\xf4\x90\x80\x80\xf8",
     r"\xc0\x80\xe0\x80\x80\xed\xa0\x80\xf4\x90\x80\x80\xf8"),
    (b"cut \xf0\x9f\xa6", r"cut \xf0\x9f\xa6"),
])
def test_get_escapes_unsafe_bytes_and_set_reads_them_back(cli, other, key, value, shown):
    other.set("/" + key, value)
    other.settle()
    assert cli("get", key).stdout == shown + "\n"
    assert cli("set", "--escapes", key + "2", shown).status == DONE
    assert other.get(f"/{key}2") == value


@pytest.mark.parametrize("value, shown", [
    (b"plain \"quoted\"", "plain \"quoted\""),
    (b"a\0b", "a\0b"),
    ("大".encode(), "大"),
    (b"\xff", {"base64": "/w=="}),
    (b"\xff\xfe", {"base64": "//4="}),
    (b"\xff\xfe\xfd", {"base64": "//79"}),
])
def test_get_json_prints_text_as_a_string_and_other_bytes_as_base64(cli, other, key, value, shown):
    other.set("/" + key, value)
    other.settle()
    assert json_lines(cli("get", "--json", key)) == [{"key": key, "value": shown}]


def test_add_prints_the_sum(cli, other, key):
    assert cli("add", key).stdout == "1\n"
    assert cli("add", key, 41).stdout == "42\n"
    assert json_lines(cli("--json", "add", key, -2)) == [{"key": key, "sum": 40}]
    assert other.get("/" + key) == b"40"


def test_add_to_a_value_that_is_not_a_number_points_to_the_log(cli, key):
    cli("set", key, "no number")
    done = cli("add", key)
    assert (done.status, done.stdout) == (UNREACHABLE, "")
    assert "see its log" in done.stderr and "ADD on a non-number" in done.stderr


def test_a_write_that_the_server_refuses_exits_with_3(cli, tmp_path, key):
    server = Tcpstored(tmp_path, "--max-value-bytes", "100")
    try:
        small = Cli(server.address)
        for command_name in ("set", "append", "push"):
            assert small(command_name, key, "x" * 101).status == UNREACHABLE
        assert small("mset", key, "x" * 101).status == UNREACHABLE
    finally:
        server.stop()


def test_append_extends_the_value(cli, key):
    cli("append", key, "one")
    assert cli("append", key, ",two").status == DONE
    assert cli("get", key).stdout == "one,two\n"


def test_cas_stores_only_if_the_value_is_as_expected(cli, key):
    done = cli("cas", key, "expected", "desired")
    assert (done.status, done.stdout) == (NO, "") and "empty EXPECTED" in done.stderr
    assert cli("cas", key, "same", "same").status == NO, "the key does not exist"
    done = cli("cas", key, "", "first")
    assert (done.status, done.stdout) == (DONE, "first\n")
    done = cli("cas", key, "wrong", "second")
    assert (done.status, done.stdout) == (NO, "first\n") and "nothing stored" in done.stderr
    assert cli("cas", key, "first", "second").status == DONE
    assert json_lines(cli("--json", "cas", key, "second", "third")) == [
        {"key": key, "value": "third", "stored": True}]


# Several keys

def test_mget_after_mset_prints_one_value_per_line(cli, key):
    one, two = key + "1", key + "2"
    assert cli("mset", one, "a\\b", two, "", stdin=b"").status == DONE
    assert cli("mget", two, one).lines == ["", r"a\\b"]
    assert json_lines(cli("--json", "mget", one, two)) == [
        {"key": one, "value": "a\\b"}, {"key": two, "value": ""}]


def test_mset_with_file_takes_the_last_value_from_it(cli, key, tmp_path):
    (tmp_path / "value").write_bytes(b"from a file")
    assert cli("mset", "--file", tmp_path / "value", key + "1", "x", key + "2").status == DONE
    assert cli("mget", key + "1", key + "2").lines == ["x", "from a file"]


def test_mget_of_missing_keys_names_them(cli, key):
    cli("set", key, "")
    for flags, status in ((["--timeout", "0.1"], TIMED_OUT), (["--now"], NO)):
        done = cli("mget", *flags, key, key + "2", key + "3")
        assert (done.status, done.stdout) == (status, "")
        assert re.findall("^missing: (.*)$", done.stderr, re.MULTILINE) == [key + "2", key + "3"]


def test_check_shows_which_keys_exist(cli, key):
    cli("set", key, "")
    done = cli("check", key)
    assert (done.status, done.stdout) == (DONE, f"there    {key}\n")
    done = cli("check", key + "2", key)
    assert (done.status, done.lines) == (NO, [f"missing  {key}2", f"there    {key}"])
    assert json_lines(cli("--json", "check", key, key + "2")) == [
        {"key": key, "there": True}, {"key": key + "2", "there": False}]


def test_del_of_a_missing_key_exits_with_1(cli, key):
    cli("set", key, "")
    done = cli("del", key, key + "2")
    assert done.status == NO and key + "2" in done.stderr
    assert cli("check", key).status == NO
    cli("set", key, "")
    assert json_lines(cli("del", "--json", key)) == [{"key": key, "deleted": True}]


def test_wait_returns_once_all_keys_are_set(cli, other, key):
    process = cli.start("wait", key, key + "2")
    other.set("/" + key, "")
    other.set(f"/{key}2", "")
    assert end_of(process).status == DONE


def test_wait_that_times_out_names_at_most_ten_keys(cli, key):
    done = cli("wait", "--timeout", "0.1", *(f"{key}{number}" for number in range(12)))
    assert done.status == TIMED_OUT
    assert done.stderr.count("missing: ") == 10 and "and 2 more" in done.stderr


# Barriers and queues

def test_barrier_waits_for_all_clients(cli, key):
    first = cli.start("barrier", key, 2)
    assert cli("barrier", key, 2).status == DONE
    assert end_of(first).status == DONE


def test_barrier_that_times_out_is_left(cli, other, key):
    done = cli("barrier", "--timeout", "0.1", key, 2)
    assert done.status == TIMED_OUT and "timed out" in done.stderr
    assert other.get("/" + key) == b"0"


def test_pop_returns_entries_in_the_order_of_push(cli, key):
    assert cli("pop", "--now", key).status == NO
    for entry in ("one", "two"):
        assert cli("push", key, entry).status == DONE
    assert cli("qlen", key).stdout == "2\n"
    assert json_lines(cli("--json", "qlen", key)) == [{"key": key, "length": 2}]
    assert cli("pop", key).stdout == "one\n"
    assert json_lines(cli("--json", "pop", "--now", key)) == [{"key": key, "value": "two"}]
    assert cli("pop", "--timeout", "0.1", key).status == TIMED_OUT
    assert cli("qlen", key).stdout == "0\n"


def test_pop_of_an_empty_queue_waits_for_an_entry(cli, key):
    process = cli.start("pop", "--raw", key)
    assert cli("push", key, "-", stdin=BINARY).status == DONE
    done = end_of(process)
    assert (done.status, done.bytes) == (DONE, BINARY)


# Names of keys

def test_keys_lists_keys_as_users_write_them(alone, fresh_server):
    raw = Client(fresh_server.address)
    for name in ("/rank_10", "/rank_2", "/job/rank_0", "init/", "/raw:x", "/line\nbreak", "/\xff",
                 "/"):
        raw.set(name, "v" * len(name))
    raw.settle()
    assert alone("keys").lines == [
        "raw:/", "job/rank_0", r"line\nbreak", "rank_2", "rank_10", r"raw\x3ax", "ÿ", "raw:init/"]
    assert alone("keys", "rank_*").lines == ["rank_2", "rank_10"]
    assert alone("keys", "raw:*").lines == ["raw:/", "raw:init/"]
    assert alone("--prefix", "job", "keys").lines == ["rank_0"]
    assert "/rank_2" in alone("--raw-keys", "keys").lines
    assert "init/" in alone("--raw-keys", "keys").lines
    assert alone("keys", "none*").status == DONE
    for shown in alone("keys").lines:
        assert alone("check", "--", shown).status == DONE, shown
    for shown in alone("--raw-keys", "keys").lines:
        assert alone("--raw-keys", "check", "--", shown).status == DONE, shown
    assert {"key": "rank_2"} in json_lines(alone("--json", "keys"))
    assert {"raw_key": "init/"} in json_lines(alone("--json", "keys"))
    assert {"raw_key": "/rank_2"} in json_lines(alone("--json", "--raw-keys", "keys"))


def test_keys_with_sizes_prints_the_size_of_each_value(alone, fresh_server):
    raw = Client(fresh_server.address)
    for number in range(100):
        raw.set(f"/k{number}", "x" * number)
    raw.set("/large", b"x" * (5 << 20))
    raw.settle()
    sizes = [line.split() for line in alone("keys", "--sizes").lines]
    assert sizes == [[str(number), f"k{number}"] for number in range(100)] + [
        [str(5 << 20), "large"]]
    assert json_lines(alone("--json", "keys", "--sizes", "k7")) == [{"key": "k7", "size": 7}]


def test_nkeys_counts_all_keys(alone):
    assert alone("nkeys").stdout == "0\n"
    alone("mset", "a", "1", "b", "2")
    assert alone("nkeys").stdout == "2\n"
    assert json_lines(alone("--json", "nkeys")) == [{"keys": 2}]


def test_set_of_a_raw_key_stores_it_unchanged(cli, other):
    cli("set", "raw:init/", "3")
    assert other.get("init/") == b"3"
    cli("--prefix", "job", "set", "raw:other/", "4")
    assert other.get("other/") == b"4"
    cli("--raw-keys", "set", "raw:x", "5")
    assert other.get("raw:x") == b"5"
    cli("set", r"raw\x3ax", "6")
    assert other.get("/raw:x") == b"6"
    cli("--prefix", "outer/inner", "set", "k", "7")
    assert other.get("/outer/inner/k") == b"7"


# Missing ranks

def test_missing_lists_the_ranks_without_keys(cli, other, key):
    for rank in (0, 1, 2, 5):
        other.set(f"/{key}/rank_{rank}", "")
    other.settle()
    done = cli("missing", key + "/rank_{}", "0..7", "9")
    assert done.status == NO
    assert done.lines == [f"{key}/rank_{rank}" for rank in (3, 4, 6, 7, 9)]
    assert done.stderr == "5 of 9 missing: 3..4, 6..7, 9\n"
    assert json_lines(cli("--json", "missing", key + "/rank_{}", "2..3")) == [
        {"key": key + "/rank_3", "rank": 3}]
    done = cli("--prefix", key, "missing", "rank_{}", "0..2", "1", "5")
    assert (done.status, done.stdout, done.stderr) == (DONE, "", "none of 4 missing\n")


def test_missing_summarizes_many_ranks(cli, key):
    done = cli("missing", key + "{}", *range(0, 100, 2))
    assert done.stderr == ("50 of 50 missing: 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, "
                           "and more\n")


def test_missing_of_more_ranks_than_one_flight_checks_all(cli, other, key):
    count = 20000
    present = set(range(count)) - {8191, 8192, 19999}
    other.multi_set(*((f"/{key}{rank}", "") for rank in present))
    other.settle()
    done = cli("missing", key + "{}", f"0..{count - 1}")
    assert done.lines == [f"{key}{rank}" for rank in (8191, 8192, 19999)]


def serve_in_one_flight(listener, requests, missing):
    """Does not reply before all CHECKs have arrived, so a client that waits for a reply hangs."""
    client, _ = listener.accept()
    with client:
        greeting = client.recv(10, socket.MSG_WAITALL)
        client.sendall(greeting[6:])
        assert client.recv(len(requests), socket.MSG_WAITALL) == requests
        client.sendall(bytes(rank in missing for rank in range(1024)))
        client.recv(1)


def test_missing_sends_all_checks_before_it_reads_replies():
    requests = b"".join(wire.check([f"/rank_{rank}"]) for rank in range(1024))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve_in_one_flight, args=(listener, requests, {7, 9}))
        thread.start()
        done = Cli(listener.getsockname())("missing", "rank_{}", "0..1023")
        thread.join()
    assert (done.status, done.lines) == (NO, ["rank_7", "rank_9"])


def test_missing_watch_returns_once_all_keys_exist(cli, other, key):
    process = cli.start("missing", "--watch", key + "{}", "0..3")
    for rank, expected in enumerate(["4 of 4 missing: 0..3", "3 of 4 missing: 1..3",
                                     "2 of 4 missing: 2..3", "1 of 4 missing: 3"]):
        assert process.stderr.readline().decode() == expected + "\n"
        other.set(f"/{key}{rank}", "")
    done = end_of(process)
    assert (done.status, done.stdout, done.stderr) == (DONE, "", "none of 4 missing\n")


def test_missing_watch_ends_after_the_timeout(cli, key):
    done = cli("missing", "--watch", "--timeout", "0.1", key + "{}", "0..1")
    assert (done.status, done.lines) == (TIMED_OUT, [key + "0", key + "1"])


# Dump and load

def test_load_of_a_dump_restores_the_store(alone, fresh_server, tmp_path):
    raw = Client(fresh_server.address)
    stored = {b"/text": "Größe\n".encode(), b"/binary": BINARY, b"/empty": b"", b"init/": b"4",
              b"/\xff": b"\xfe", b"/raw:x": b"", b"/zero\0": b"\0"}
    for name, value in stored.items():
        raw.set(name, value)
    raw.settle()
    dumped = alone("dump")
    assert dumped.status == DONE
    assert {"key": "text", "value": "Größe\n"} in json_lines(dumped)
    assert {"raw_key": "init/", "value": "4"} in json_lines(dumped)
    (tmp_path / "dump").write_bytes(dumped.bytes)
    for load in (lambda: alone("load", tmp_path / "dump"),
                 lambda: alone("load", stdin=dumped.bytes)):
        for name in stored:
            raw.delete_key(name)
        done = load()
        assert (done.status, done.stderr) == (DONE, "keys stored: 7\n")
        assert {name: raw.get(name) for name in raw.list_keys()} == stored
    assert alone("--raw-keys", "load", stdin=alone("--raw-keys", "dump").bytes).status == DONE
    assert {name: raw.get(name) for name in raw.list_keys()} == stored
    assert [line["key"] for line in json_lines(alone("dump", "te*"))] == ["text"]


def serve_a_key_that_is_deleted(listener):
    """Lists two keys, one of which is deleted before its value is asked for."""
    client, _ = listener.accept()
    with client:
        client.sendall(client.recv(10, socket.MSG_WAITALL)[6:])
        assert client.recv(1) == wire.list_keys()
        client.sendall(struct.pack("<q", 2) + wire.blob("/gone") + wire.blob("/stays"))
        requests = b"".join(wire.check([key]) + wire.get(key) for key in ("/gone", "/stays"))
        assert client.recv(len(requests), socket.MSG_WAITALL) == requests
        client.sendall(b"\1" + wire.blob("") + b"\0" + wire.blob("value"))
        client.recv(1)


def test_dump_omits_a_key_that_is_deleted_meanwhile():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve_a_key_that_is_deleted, args=(listener,))
        thread.start()
        done = Cli(listener.getsockname())("dump")
        thread.join()
    assert done.stdout == '{"key":"stays","value":"value"}\n'


def test_load_of_a_dump_with_another_prefix_moves_its_keys(alone):
    alone("--prefix", "old", "mset", "a", "1", "b", "2")
    dumped = alone("--prefix", "old", "dump")
    assert alone("--prefix", "new", "load", stdin=dumped.bytes).status == DONE
    assert alone("--prefix", "new", "mget", "a", "b").lines == ["1", "2"]


def test_load_of_many_lines_stores_all(alone):
    lines = "".join(f'{{"key":"k{number}","value":"{number}"}}\n' for number in range(10000))
    done = alone("load", stdin=lines.encode())
    assert (done.status, done.stderr) == (DONE, "keys stored: 10000\n")
    assert alone("nkeys").stdout == "10000\n"


@pytest.mark.parametrize("line", [
    "{", "", "7", '"key"', "[]", "{}", '{"key":"k"}', '{"value":"v"}', '{"key":7,"value":"v"}',
    '{"key":"k","value":7}', '{"key":"k","value":{"base64":"a"}}',
    '{"key":"k","value":{"base64":"!!!!"}}', '{"key":"k","value":{"base64":"AAAA","more":1}}',
    '{"key":"k","value":"v"} and more', '{"key":"k","value":"v","value":"w"}',
])
def test_load_stops_at_a_wrong_line(alone, tmp_path, line):
    path = tmp_path / "broken"
    path.write_text('{"key":"before","value":"1"}\n' + line + '\n{"key":"after","value":"2"}\n')
    done = alone("load", path)
    assert done.status == USAGE
    assert f"{path}:2: " in done.stderr and "keys stored: 1\n" in done.stderr
    assert alone("keys").lines == ["before"]


# The server

def test_ping_prints_the_server_and_the_time(cli, shared):
    done = cli("ping")
    assert re.fullmatch(rf"127\.0\.0\.1:{shared.address[1]} answers after \d+\.\d+ ms\n",
                        done.stdout)
    (found,) = json_lines(cli("--json", "ping"))
    assert found["server"] == f"127.0.0.1:{shared.address[1]}" and found["seconds"] > 0


def test_ping_without_a_server_names_the_flags_for_it():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        done = Cli(unused.getsockname())("--timeout", "0.2", "ping")
    assert (done.status, done.stdout) == (UNREACHABLE, "")
    assert "refused" in done.stderr and "-p PORT" in done.stderr


def test_ping_of_another_kind_of_server_exits_with_3():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        def answer():
            client, _ = listener.accept()
            with client:
                client.recv(100)
                client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        done = Cli(listener.getsockname())("ping")
        thread.join()
    assert done.status == UNREACHABLE and "-p PORT" in done.stderr


def test_missing_watch_exits_with_3_when_the_server_stops(tmp_path, key):
    server = Tcpstored(tmp_path)
    process = Cli(server.address).start("missing", "--watch", key + "{}", "0..1")
    assert process.stderr.readline() == b"2 of 2 missing: 0..1\n"
    server.stop()
    done = end_of(process)
    assert (done.status, done.stdout) == (UNREACHABLE, "")
    assert "lost" in done.stderr


def test_output_that_cannot_be_written_exits_with_5(cli, key):
    cli("set", key, "value")
    with open("/dev/full", "wb") as full:
        done = subprocess.run(command(cli.address, "get", key), stdout=full,
                              stderr=subprocess.PIPE, timeout=60)
    assert done.returncode == FAILED and b"cannot write" in done.stderr
    with open("/dev/full", "wb") as full:
        done = subprocess.run([cli_program(), "--help"], stdout=full, stderr=subprocess.PIPE,
                              timeout=60)
    assert done.returncode == FAILED
