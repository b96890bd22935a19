"""The ranks and the pattern of `tcpstore-cli missing`."""

import pytest

from support.cli import Cli

DONE, NO, USAGE = range(3)


@pytest.fixture
def cli(shared):
    return Cli(shared.address)


def ranks(cli, *words):
    done = cli("missing", "{}", *words)
    assert done.status == NO, done.stderr
    return [int(line) for line in done.lines]


@pytest.mark.parametrize("words, expected", [
    (["7"], [7]),
    (["0..3"], [0, 1, 2, 3]),
    (["0-3"], [0, 1, 2, 3]),
    (["5-5"], [5]),
    (["0,2,5"], [0, 2, 5]),
    (["0-3,7"], [0, 1, 2, 3, 7]),
    (["8..9,0-1,4"], [0, 1, 4, 8, 9]),
    (["3", "1-2,2", "0..1"], [0, 1, 2, 3]),
    (["{0..3}"], [0, 1, 2, 3]),
    (["{0,2,5}"], [0, 2, 5]),
    (["0..2,", "5,", "9"], [0, 1, 2, 5, 9]),
    (["9223372036854775806-9223372036854775807"], [2**63 - 2, 2**63 - 1]),
])
def test_missing_accepts_numbers_ranges_and_lists(cli, words, expected):
    assert ranks(cli, *words) == expected


@pytest.mark.parametrize("word", [
    "", ",", ",1", "1,,2", "-1", "-", "1-", "..1", "1..", "1...2", "1--2", "1-2-3", "3-0", "a",
    "1 2", "0x1", "{1", "1}", "{}", "{0..6..2}", "0-16777216", "0-9,5-3",
    "9223372036854775808",
    "18446744073709551615", "18446744073709551616", "0-99999999999999999999"])
def test_malformed_ranks_exit_with_2_and_say_what_is_expected(cli, word):
    done = cli("missing", "{}", "--", word)
    assert (done.status, done.stdout) == (USAGE, "")
    assert f"{word}: not ranks such as 7, 0..1023 or 0-3,7" in done.stderr


@pytest.mark.parametrize("pattern", [
    "rank_{}", "rank_{:03}", "rank_{:03d}", "rank_{:5}|", "rank_{:d}", "{:01}", "{:0}",
    "{}/{:02}/{}", "{:}", "|{:99}"])
@pytest.mark.parametrize("rank", [0, 7, 1234])
def test_a_pattern_makes_the_same_key_as_pythons_format(cli, pattern, rank):
    done = cli("missing", pattern, rank)
    assert (done.status, done.lines) == (NO, [pattern.format(rank, rank, rank)])


def test_other_braces_are_ordinary_characters(cli):
    assert cli("missing", "{a}{{}_{", 5).lines == ["{a}{5_{"]


@pytest.mark.parametrize("pattern, expected", [
    ("rank", "has no {}"), ("rank_{0}", "has no {}"),
    ("{:x}", "{:3}, {:03} or {:03d}"), ("{}{:3", "{:3}, {:03} or {:03d}"),
    ("{:100}", "at most 99"), ("{:>3}", "{:3}, {:03} or {:03d}")])
def test_a_malformed_pattern_exits_with_2_and_says_what_is_expected(cli, pattern, expected):
    done = cli("missing", pattern, "0")
    assert (done.status, done.stdout) == (USAGE, "")
    assert f"{pattern}: " in done.stderr and expected in done.stderr
