"""bash and zsh complete the flags of --help, and the values that some of them take."""

import re

import pytest

from support.completion import FOLDER, bash_offers, zsh_offers
from support.help import choices_of, commands_of, flags_of, listed_under
from support.tools import tool

PROGRAMS = sorted(path.name for path in (FOLDER / "bash").iterdir())
ENDING = {"--help", "--version"}  # nothing is of use after them


@pytest.fixture(params=["bash", "zsh"])
def offers(request, tmp_path):
    if tool(request.param) == "bash":
        return bash_offers
    return lambda *words: zsh_offers(tmp_path, *words)


def test_each_program_has_a_file_for_each_shell():
    assert sorted(path.name for path in (FOLDER / "zsh").iterdir()) == [
        f"_{program}" for program in PROGRAMS]


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_flags_are_those_of_help(offers, program):
    assert offers(program, "--") == {flag.names[-1] for flag in flags_of(program)}


@pytest.mark.parametrize("program", PROGRAMS)
def test_flags_are_offered_but_where_a_value_is_due(offers, program):
    for flag in flags_of(program):
        for name in flag.names if flag.names[-1] not in ENDING else ():
            offered = offers(program, name, "--")
            assert not offered if flag.argument else "--help" in offered, name


@pytest.mark.parametrize("program, flag", [("tcpstored", "--log-level")])
def test_choices_are_those_that_the_program_takes(offers, program, flag):
    expected = set(choices_of(program, flag))
    assert offers(program, flag, "") == expected
    first = min(expected)
    assert offers(program, flag, first[:2]) == {first}


def test_scenarios_are_those_of_help(offers):
    assert offers("tcpstore-bench", "--scenario", "") == set(
        listed_under("Scenarios", "tcpstore-bench"))


def commands():
    return {usage.split()[0] for usage in commands_of("tcpstore-cli")}


@pytest.mark.parametrize("before", [(), ("help",), ("-h", "get"), ("--prefix=get", "--json")],
                         ids=" ".join)
def test_commands_are_those_of_help(offers, before):
    if offers is bash_offers:
        before = [part for word in before for part in re.split("(=)", word)]
    assert offers("tcpstore-cli", *before, "") == commands()


def test_behind_a_command_there_are_flags_but_no_commands(offers):
    assert not offers("tcpstore-cli", "wait", "")
    assert "--timeout" in offers("tcpstore-cli", "wait", "key", "--")


def test_a_value_may_follow_an_equals_sign():
    assert bash_offers("tcpstored", "--log-level", "=") == {"debug", "info", "warn", "error"}
    assert bash_offers("tcpstored", "--log-level", "=", "w") == {"warn"}


@pytest.mark.parametrize("words", [("tcpstored", "--port-file"), ("tcpstore-cli", "--file"),
                                   ("tcpstore-cli", "load")], ids=" ".join)
def test_files_are_offered_where_one_is_due(offers, tmp_path, words):
    (tmp_path / "port-of-a-job").touch()
    offered = offers(*words, f"{tmp_path}/port-")
    assert {name.rpartition("/")[2] for name in offered} == {"port-of-a-job"}
