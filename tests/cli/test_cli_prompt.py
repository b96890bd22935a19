"""`tcpstore-cli` on a terminal: the prompt, and what it tells a person who looks on."""

import os
import stat

import pytest

from support.cli import Cli, Terminal
from support.client import Client
from support.servers import Tcpstored

DONE, UNREACHABLE, TIMED_OUT = 0, 3, 4
TAB, ERASE_LINE, END_OF_INPUT, INTERRUPT, UP = "\t", "\x15", "\x04", "\x03", "\x1b[A"


@pytest.fixture
def terminal(fresh_server, tmp_path):
    """Starts the program on a terminal of its own."""
    terminals = []

    def start(*words, address=fresh_server.address, **options):
        terminals.append(Terminal(address, *words, home=tmp_path, **options))
        return terminals[-1]

    yield start
    for each in terminals:
        each.close()


@pytest.fixture
def prompt(terminal):
    started = terminal()
    started.wait_for("connected to .*'help'.*Tab.*'quit'")
    started.wait_for(r"127\.0\.0\.1:\d+> ")
    return started


@pytest.fixture
def other(fresh_server):
    client = Client(fresh_server.address)
    yield client
    client.close()


def test_commands_are_run_until_quit(prompt, other):
    prompt.type("set k 'two words'\n")
    prompt.wait_for("> ")
    prompt.type("get --json k\n")
    prompt.wait_for('{"key":"k","value":"two words"}')
    assert other.get("/k") == b"two words"
    prompt.wait_for("> ")
    prompt.type("cas new '' ' '\n")
    prompt.wait_for("> ")
    assert other.get("/new") == b" "
    prompt.type("quit\n")
    assert prompt.end() == DONE


def test_the_end_of_input_ends_it(prompt):
    # Until libedit has read something, the kernel may still take the end of input for itself.
    prompt.type("hel" + TAB)
    prompt.wait_for("p ")
    prompt.type(ERASE_LINE + END_OF_INPUT)
    assert prompt.end() == DONE


def test_flags_count_for_their_line_and_those_of_the_start_for_all(terminal, other):
    started = terminal("--prefix", "job")
    started.wait_for("> ")
    started.type("set k v\n")
    started.wait_for("> ")
    started.type("--prefix other set k w\n")
    started.wait_for("> ")
    started.type("get k\n")
    started.wait_for("\nv\r\n")
    assert (other.get("/job/k"), other.get("/other/k")) == (b"v", b"w")


def test_what_fails_in_a_line_is_said_and_the_next_one_is_read(prompt):
    for line, answer in (("frobnicate\n", "frobnicate: no such command"),
                         ("get --now nothing\n", "nothing: not there"),
                         ("get 'open\n", "a quote is open"),
                         ("get --frobnicate\n", "--frobnicate: no such flag"),
                         ("-p 1 ping\n", "stays at one server"),
                         ("--wait ping\n", "start the prompt with it"),
                         ("get ''\n", "an empty argument"),
                         ("set k -\n", "not at the prompt"),
                         ("load\n", "name a FILE"),
                         ("ping\n", "answers after")):
        prompt.type(line)
        prompt.wait_for(answer)
        prompt.wait_for("> ")


def test_help(prompt):
    prompt.type("help\n")
    prompt.wait_for("missing PATTERN RANKS")
    prompt.type("help cas\n")
    prompt.wait_for("cas KEY EXPECTED VALUE")
    prompt.type("--help\n")
    prompt.wait_for("--timeout SECONDS")


def test_commands_flags_and_keys_are_completed(prompt, other):
    other.multi_set(("/rank_0", "zero"), ("/rank_11", "eleven"), ("/with space", "yes"))
    other.settle()
    prompt.type("miss" + TAB)
    prompt.wait_for("ing ")
    prompt.type(ERASE_LINE + "get --n" + TAB)
    prompt.wait_for("ow ")
    prompt.type("r" + TAB)
    prompt.wait_for("ank_")
    prompt.type(TAB)
    prompt.wait_for("\nrank_0\r\nrank_11\r\n")
    prompt.type("1" + TAB + "\n")
    prompt.wait_for("\neleven\r\n")
    prompt.type("get with" + TAB + "\n")
    prompt.wait_for("\nyes\r\n")


def test_lines_are_remembered_in_a_private_file(prompt, terminal, tmp_path):
    prompt.type("set remembered 1\n")
    prompt.wait_for("> ")
    prompt.type("quit\n")
    assert prompt.end() == DONE
    kept = tmp_path / ".tcpstore-cli_history"
    assert stat.S_IMODE(os.stat(kept).st_mode) == 0o600
    again = terminal()
    again.wait_for("> ")
    again.type(UP)
    again.wait_for("quit")
    again.type(UP)
    again.wait_for("set remembered 1")


def test_a_lost_connection_is_made_again(prompt, fresh_server, other):
    other.set("/number", "none")
    other.settle()
    prompt.type("add number\n")
    prompt.wait_for("refused the request")
    prompt.type("get number\n")
    prompt.wait_for("\nnone\r\n")


def test_without_a_server_there_is_no_prompt(terminal):
    started = terminal("--timeout", "0.1", address=("127.0.0.1", 1))
    started.wait_for("-p PORT")
    assert started.end() == UNREACHABLE


def test_trying_for_long_is_told(terminal):
    started = terminal("--wait", "--timeout", "60", "ping", address=("127.0.0.1", 1))
    started.wait_for("127.0.0.1, port 1: connection refused; trying for 60 s, Ctrl-C")
    started.type(INTERRUPT)
    assert started.end() < 0


def test_waiting_is_told_to_who_looks_on(terminal, fresh_server):
    started = terminal("get", "later")
    started.wait_for("waiting for later, 30 s at most; --now")
    Cli(fresh_server.address)("set", "later", "came")
    started.wait_for("came")
    assert started.end() == DONE


def test_an_interrupt_ends_a_wait(terminal):
    started = terminal("get", "never")
    started.wait_for("waiting for never")
    started.type(INTERRUPT)
    assert started.end() < 0


def test_an_error_does_not_join_the_progress_line(terminal, tmp_path):
    (tmp_path / "other").mkdir()
    server = Tcpstored(tmp_path / "other")
    started = terminal("missing", "--watch", "rank_{}", "0..2", address=server.address)
    started.wait_for("3 of 3 missing")
    server.stop()
    started.wait_for("\r\ntcpstore-cli: .*lost")
    assert started.end() == UNREACHABLE


def test_missing_shows_its_progress_in_one_line(terminal, other):
    started = terminal("missing", "--watch", "rank_{}", "0..2")
    started.wait_for(r"\r *0 s  3 of 3 missing: 0\.\.2\x1b\[K")
    other.set("/rank_1", "")
    started.wait_for(r"\r[^\n]*2 of 3 missing: 0, 2\x1b\[K")
    other.multi_set(("/rank_0", ""), ("/rank_2", ""))
    started.wait_for(r"\r[^\n]*none of 3 missing\x1b\[K\r\n")
    assert started.end() == DONE
