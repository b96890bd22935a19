"""The help of one command, suggestions for mistyped words, and where flags may appear."""

import json
import os
import re
import subprocess

import pytest

from support.cli import Cli, cli_program, run_cli
from support.help import commands_of, program

DONE, NO, USAGE = range(3)


@pytest.fixture
def cli(shared):
    return Cli(shared.address)


def usages():
    return commands_of("tcpstore-cli")


def names():
    return [usage.split()[0] for usage in usages()]


# Help

def test_help_of_a_command_prints_usage_statuses_and_examples():
    for usage in usages():
        name = usage.split()[0]
        done = run_cli("help", name)
        assert (done.status, done.stderr) == (DONE, "")
        assert done.lines[0] == f"usage: tcpstore-cli [FLAG]... {usage}"
        assert max(map(len, done.lines)) <= 80, name
        assert re.search(r"^Exit status:\n  0  done\n", done.stdout, re.M), name
        assert re.search(rf"^Examples:\n  tcpstore-cli {name}\b", done.stdout, re.M), name
        assert run_cli(name, "--help").stdout == done.stdout
        assert run_cli("--help", name.upper()).stdout == done.stdout


OWN_FLAGS = [("now",), ("yes",), ("sizes",), ("watch",), ("escapes",), ("all",), ("store", "s"), ("world", "1"),
             ("hang", "1"), ("every", "1"), ("client", "1"), ("key", "k"), ("limit", "1")]


def test_help_of_a_command_lists_exactly_its_own_flags(cli):
    for name in names():
        listed = re.findall(r"^  (?:-n, )?--([a-z]+)", run_cli("help", name).stdout, re.M)
        for flag, *value in OWN_FLAGS:
            done = cli(f"--{flag}", *value, name, "surplus", "surplus")
            refused = f"--{flag} does not apply to this command" in done.stderr
            assert refused == (flag not in listed), (name, flag)


def test_examples_of_the_help_are_valid_command_lines(fresh_server, tmp_path):
    (tmp_path / "config.yaml").touch()
    (tmp_path / "store.jsonl").touch()
    (tmp_path / "tcpstored.record").write_bytes(b"tcpstore-record 1\n".ljust(56, b"\0"))
    path = f"{cli_program().parent}:{os.environ['PATH']}"
    server = f"timeout 1 tcpstore-cli --timeout 0.1 -p {fresh_server.address[1]} "
    examples = [line.strip() for name in names()
                for line in run_cli("help", name).stdout.partition("Examples:\n")[2].split("\n")
                if line.startswith("  ")]
    assert len(examples) >= len(names())
    for example in sorted(examples, key=lambda example: "drain" in example):  # it ends the server
        line = re.sub(r"--timeout \d+", "--timeout 0.1", example)
        done = subprocess.run(line.replace("tcpstore-cli ", server, 1), shell=True, cwd=tmp_path,
                              env={**os.environ, "PATH": path}, capture_output=True, timeout=60)
        needs_terminal = b"top: needs a terminal" in done.stderr
        assert done.returncode not in (USAGE, 127) or needs_terminal, (example, done.stderr)


# Suggestions

@pytest.mark.parametrize("typed, meant", [
    ("mising", "missing"), ("kyes", "keys"), ("gett", "get"), ("PNIG", "ping"), ("brrier", "barrier"),
    ("psuh", "push"), ("xyzzy", None), ("x", None), ("frobnicate" * 20, None)])
def test_a_mistyped_command_gets_a_suggestion(typed, meant):
    for done in (run_cli(typed, "k"), run_cli("help", typed), run_cli(typed, "--help")):
        assert (done.status, done.stdout) == (USAGE, "")
        message = f"{typed}: no such command"
        if meant:
            message += f"; did you mean '{meant}'?"
        assert done.stderr.startswith(f"tcpstore-cli: {message}\n")


@pytest.mark.parametrize("name, typed, meant", [
    ("tcpstore-cli", "--prefx", "--prefix"), ("tcpstore-cli", "--time-out=1", "--timeout"),
    ("tcpstore-cli", "--JSON", "--json"), ("tcpstore-cli", "--frobnicate", None),
    ("tcpstored", "--max-memry", "--max-memory"), ("tcpstored", "--prot", "--port"),
    ("tcpstore-bench", "--scenaro", "--scenario"), ("tcpstore-bench", "-x", None)])
def test_a_mistyped_flag_gets_a_suggestion(name, typed, meant):
    done = subprocess.run([program(name), typed, "1"], capture_output=True, text=True,
                          timeout=60)
    message = f"{typed}: no such flag" + (f"; did you mean {meant}?" if meant else "")
    assert done.stderr.startswith(f"{name}: {message}\n")


def test_commands_in_upper_case_run(cli):
    assert cli("SET", "capital", "V").status == DONE
    assert cli("Get", "capital").stdout == "V\n"


# Flags and arguments

def test_flags_before_and_after_numbers_apply(cli):
    assert cli("barrier", "alone", 1, "--timeout", "5").status == DONE
    assert cli("barrier", "--timeout", "5", "alone2", 1).status == DONE
    assert json.loads(cli("add", "n", -5, "--json").stdout) == {"key": "n", "sum": -5}
    assert json.loads(cli("add", "n", "--json", -5).stdout) == {"key": "n", "sum": -10}
    assert json.loads(cli("add", "--json", "n", -5).stdout) == {"key": "n", "sum": -15}
    assert cli("add", "n", 5, "--jsn").status == USAGE


def test_a_negative_number_is_an_argument(cli):
    assert cli("set", -5, -6).status == DONE
    assert cli("get", "--json", -5).stdout == '{"key":"-5","value":"-6"}\n'


def test_a_flag_as_value_is_stored_and_a_flag_after_it_applies(cli):
    assert cli("set", "v", "--timeout").status == DONE
    assert cli("get", "v", "--json").stdout == '{"key":"v","value":"--timeout"}\n'
    assert cli("set", "v", "w", "--timeout", "5").status == DONE
    assert cli("cas", "v", "w", "--now", "--json").stdout == (
        '{"key":"v","value":"--now","stored":true}\n')
    assert cli("mset", "v", "--raw", "w", "--json").status == DONE
    assert cli("mget", "v", "w").lines == ["--raw", "--json"]
    assert cli("set", "v", "--").status == DONE
    assert cli("get", "v").stdout == "--\n"


def test_a_flag_before_a_missing_value_exits_with_2_and_says_where_flags_go(cli):
    done = cli("set", "v", "--timeout", "5")
    assert done.status == USAGE and "--timeout: one argument too many; put flags before" in done.stderr
