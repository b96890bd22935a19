"""bash and zsh complete the flags of --help, and the values that some of them take."""

import os
import shutil

import pytest

from support.completion import FOLDER, bash_offers, zsh_offers
from support.help import choices_of, flags_of, listed_under

PROGRAMS = sorted(path.name for path in (FOLDER / "bash").iterdir())
ENDING = {"--help", "--version"}  # nothing is of use after them


@pytest.fixture(params=["bash", "zsh"])
def offers(request, tmp_path):
    if not shutil.which(request.param) and os.environ.get("CI") != "true":
        pytest.skip(f"there is no {request.param}")
    if request.param == "bash":
        return bash_offers
    return lambda *words: zsh_offers(tmp_path, *words)


def test_each_program_has_a_file_for_each_shell():
    assert sorted(path.name for path in (FOLDER / "zsh").iterdir()) == [
        f"_{program}" for program in PROGRAMS]


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_flags_are_those_of_help(offers, program):
    assert offers(program, "--") == {flag.name for flag in flags_of(program)}


@pytest.mark.parametrize("program", PROGRAMS)
def test_flags_are_offered_but_where_a_value_is_due(offers, program):
    for flag in flags_of(program):
        offered = offers(program, flag.name, "--")
        if flag.argument:
            assert not offered, flag.name
        elif flag.name not in ENDING:
            assert "--help" in offered, flag.name


@pytest.mark.parametrize("program, flag", [("tcpstored", "--log-level")])
def test_choices_are_those_that_the_program_takes(offers, program, flag):
    expected = set(choices_of(program, flag))
    assert offers(program, flag, "") == expected
    first = min(expected)
    assert offers(program, flag, first[:2]) == {first}


def test_scenarios_are_those_of_help(offers):
    assert offers("tcpstore-bench", "--scenario", "") == set(
        listed_under("Scenarios", "tcpstore-bench"))


def test_a_value_may_follow_an_equals_sign():
    assert bash_offers("tcpstored", "--log-level", "=") == {"debug", "info", "warn", "error"}
    assert bash_offers("tcpstored", "--log-level", "=", "w") == {"warn"}


def test_files_are_offered_where_one_is_due(offers, tmp_path):
    (tmp_path / "port-of-a-job").touch()
    assert f"{tmp_path}/port-of-a-job" in {
        name if name.startswith("/") else f"{tmp_path}/{name}"
        for name in offers("tcpstored", "--port-file", f"{tmp_path}/port-")}
