"""bash and zsh complete the flags of --help and the values of some of them."""

import re

import pytest

from support.completion import FOLDER, bash_offers, zsh_offers
from support.help import choices_of, commands_of, flags_of, listed_under
from support.tools import tool

PROGRAMS = sorted(path.name for path in (FOLDER / "bash").iterdir())
ENDING = {"--help", "--version"}  # other flags after them have no effect


@pytest.fixture(params=["bash", "zsh"])
def offers(request, tmp_path):
    if tool(request.param) == "bash":
        return bash_offers
    return lambda *words: zsh_offers(tmp_path, *words)


def test_each_program_has_a_file_for_each_shell():
    assert sorted(path.name for path in (FOLDER / "zsh").iterdir()) == [
        f"_{program}" for program in PROGRAMS]


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_flag_of_help_is_offered(offers, program):
    assert offers(program, "--") == {flag.names[-1] for flag in flags_of(program)}


@pytest.mark.parametrize("program", PROGRAMS)
def test_flags_are_offered_except_where_a_value_must_follow(offers, program):
    for flag in flags_of(program):
        for name in flag.names if flag.names[-1] not in ENDING else ():
            offered = offers(program, name, "--")
            assert not offered if flag.argument else "--help" in offered, name


@pytest.mark.parametrize("program, flag", [("tcpstored", "--log-level")])
def test_the_choices_of_the_program_are_offered(offers, program, flag):
    expected = set(choices_of(program, flag))
    assert offers(program, flag, "") == expected
    first = min(expected)
    assert offers(program, flag, first[:2]) == {first}


def test_every_scenario_of_help_is_offered(offers):
    assert offers("tcpstore-bench", "--scenario", "") == set(
        listed_under("Scenarios", "tcpstore-bench"))


def commands():
    return {usage.split()[0] for usage in commands_of("tcpstore-cli")}


@pytest.mark.parametrize("before", [(), ("help",), ("-h", "get"), ("--prefix=get", "--json")],
                         ids=" ".join)
def test_every_command_of_help_is_offered(offers, before):
    if offers is bash_offers:
        before = [part for word in before for part in re.split("(=)", word)]
    assert offers("tcpstore-cli", *before, "") == commands()


def test_actions_on_stores_are_offered(offers):
    assert offers("tcpstore-cli", "stores", "") == {"open", "close"}
    assert offers("tcpstore-cli", "stores", "cl") == {"close"}
    assert not offers("tcpstore-cli", "stores", "close", "")


def test_after_a_command_flags_are_offered_but_no_commands(offers):
    assert not offers("tcpstore-cli", "wait", "")
    assert "--timeout" in offers("tcpstore-cli", "wait", "key", "--")


def test_values_are_offered_after_an_equals_sign():
    assert bash_offers("tcpstored", "--log-level", "=") == {"debug", "info", "warn", "error"}
    assert bash_offers("tcpstored", "--log-level", "=", "w") == {"warn"}


@pytest.mark.parametrize("words", [("tcpstored", "--port-file"), ("tcpstore-cli", "--file"),
                                   ("tcpstore-cli", "load")], ids=" ".join)
def test_files_are_offered_where_a_file_must_follow(offers, tmp_path, words):
    (tmp_path / "port-of-a-job").touch()
    offered = offers(*words, f"{tmp_path}/port-")
    assert {name.rpartition("/")[2] for name in offered} == {"port-of-a-job"}


@pytest.fixture
def command(tmp_path, monkeypatch):
    """A program on PATH."""
    program = tmp_path / "start-the-ranks"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    return program.name


@pytest.mark.parametrize("before", [(), ("--host", "head"), ("--allow", "::1", "--why-after", "5"), ("--",)],
                         ids=" ".join)
def test_tcpstore_run_offers_commands(offers, command, before):
    assert offers("tcpstore-run", *before, "start-the-") == {command}


def test_what_follows_the_command_of_tcpstore_run_is_its_own(offers, command, tmp_path):
    (tmp_path / "train.py").touch()
    offered = offers("tcpstore-run", "--host", "head", command, f"{tmp_path}/tra")
    assert {name.rpartition("/")[2] for name in offered} == {"train.py"}
    assert not offers("tcpstore-run", command, "--why")
    assert not offers("tcpstore-run", "--", command, "start-the-")


def test_with_bash_completion_the_command_completes_its_arguments(monkeypatch):
    monkeypatch.setenv("BASH_FUNC__command_offset%%", '() { COMPREPLY=("from word $1"); }')
    assert bash_offers("tcpstore-run", "--host", "head", "srun", "--nod") == {"from word 3"}
    assert bash_offers("tcpstore-run", "--", "srun", "--nod") == {"from word 2"}
