"""`tcpstore-cli` on a terminal: the prompt, and progress messages."""

import os
import re
import signal
import stat
import time

import pytest

from support.cli import Cli, Terminal
from support.client import Client
from support.servers import Tcpstored

DONE, NO, UNREACHABLE, TIMED_OUT = 0, 1, 3, 4
TAB, ERASE_LINE, END_OF_INPUT, INTERRUPT, HOME, UP = (
    "\t", "\x15", "\x04", "\x03", "\x01", "\x1b[A")


@pytest.fixture
def terminal(fresh_server, tmp_path):
    """Starts the program on a new terminal."""
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


def test_prompt_runs_commands_until_quit(prompt, other):
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


def test_end_of_input_ends_the_prompt(prompt):
    # Before libedit reads its first key, the kernel may still handle the end of input.
    prompt.type("hel" + TAB)
    prompt.wait_for("p ")
    prompt.type(ERASE_LINE + END_OF_INPUT)
    assert prompt.end() == DONE


def test_flags_of_a_line_apply_to_that_line_only(terminal, other):
    started = terminal("--prefix", "job")
    started.wait_for("> ")
    started.type("set k v\n")
    started.wait_for("> ")
    started.type("--prefix other set k w\n")
    started.wait_for("> ")
    started.type("get k\n")
    started.wait_for("\nv\r\n")
    assert (other.get("/job/k"), other.get("/other/k")) == (b"v", b"w")


def test_a_line_that_fails_is_reported_and_the_next_line_is_read(prompt):
    for line, message in (("frobnicate\n", "frobnicate: no such command"),
                         ("get --now nothing\n", "nothing does not exist"),
                         ("get 'open\n", "a quote is open"),
                         ("get --frobnicate\n", "--frobnicate: no such flag"),
                         ("-p 1 ping\n", "all lines use one server"),
                         ("--wait ping\n", "start the program with it"),
                         ("get ''\n", "an empty argument"),
                         ("set k -\n", "standard input holds the commands"),
                         ("load\n", "name a FILE"),
                         ("ping\n", "answers after")):
        prompt.type(line)
        prompt.wait_for(message)
        prompt.wait_for("> ")


def test_help_at_the_prompt_lists_commands_and_flags(prompt):
    prompt.type("help\n")
    prompt.wait_for("missing PATTERN RANKS")
    prompt.wait_for("'quit' leaves")
    prompt.type("help cas\n")
    prompt.wait_for("cas KEY EXPECTED VALUE")
    prompt.type("--help\n")
    prompt.wait_for("--timeout SECONDS")


def test_tab_completes_commands_flags_and_keys(prompt, other):
    other.multi_set(("/rank_0", "zero"), ("/rank_11", "eleven"), ("/with space", "yes"))
    other.settle()
    prompt.type("miss" + TAB)
    prompt.wait_for("ing ")
    prompt.type(ERASE_LINE + "get --n" + TAB)
    prompt.wait_for("ow ")
    prompt.type("r" + TAB)
    prompt.wait_for("ank_")
    prompt.type(TAB)
    prompt.wait_for("\nrank_0   rank_11\r\n")
    prompt.type("1" + TAB + "\n")
    prompt.wait_for("\neleven\r\n")
    prompt.type("get with" + TAB + "\n")
    prompt.wait_for("\nyes\r\n")
    prompt.type("help miss" + TAB)
    prompt.wait_for("ing ")


def test_tab_lists_keys_that_differ_within_a_character(prompt, other):
    other.multi_set(("/rank_ä", ""), ("/rank_ö", ""))
    other.settle()
    prompt.type("get rank_" + TAB)
    prompt.wait_for("\nrank_ä  rank_ö\r\n")


def test_tab_lists_the_first_hundred_of_many_keys(prompt, other):
    other.multi_set(*((f"/rank_{number}", "") for number in range(3000)))
    other.settle()
    prompt.type("get ra" + TAB)
    prompt.wait_for("nk_")
    prompt.type(TAB)
    shown = prompt.wait_for(r"\n((?:rank_\d+ *(?:\r\n)?)+)and 2900 more\r\n")[1]
    assert shown.split("\r\n")[0].split() == [f"rank_{number}" for number in range(0, 100, 12)]
    assert sorted(shown.split()) == sorted(f"rank_{number}" for number in range(100))


def test_tab_at_a_stopped_server_returns_within_seconds(prompt, fresh_server):
    prompt.wait_for_editor()
    fresh_server.process.send_signal(signal.SIGSTOP)
    try:
        begin = time.monotonic()
        prompt.type("get rank_" + TAB + "1")
        prompt.wait_for("rank_.*1")
        assert time.monotonic() - begin < 20, "Tab waits as long as a command"
    finally:
        fresh_server.process.send_signal(signal.SIGCONT)


def test_ctrl_c_cancels_the_line(prompt, other):
    for line in ("set unwanted 1", "", "x" * 200 + HOME):
        prompt.wait_for_editor()
        prompt.type(line + INTERRUPT)
        shown = prompt.wait_for(r"(?s)(.*)\^C\r\n127.*> ")[1]
        assert shown.count("127.0.0.1") <= 1, "a line is drawn twice"
    prompt.type("set wanted 1\n")
    prompt.wait_for("> ")
    assert other.list_keys() == [b"/wanted"]


@pytest.mark.parametrize("line, begun", [
    ("get never", "waiting for never"), ("mget never ever", ""), ("wait never", ""),
    ("pop never", "waiting for never"), ("barrier never 2", ""),
    ("--prefix job barrier never 2", ""),
    ("missing --watch never_{} 0-3", "4 of 4 missing: 0..3")])
def test_ctrl_c_cancels_the_wait_of_a_command(prompt, other, line, begun):
    prompt.interrupt_command(line, r"(?s)\^C\r\n.*was cancelled.*\r\n.*> ", begun)
    other.settle()
    assert all(other.get(key) == b"0" for key in other.list_keys()), "a barrier still counts the client"
    other.set("/never", "now")
    other.settle()
    prompt.wait_for_editor()
    prompt.type("get never\n")
    prompt.wait_for("\nnow\r\n")


def test_ctrl_c_at_a_stopped_server_drops_the_connection(prompt, fresh_server):
    fresh_server.process.send_signal(signal.SIGSTOP)
    try:
        prompt.interrupt_command("nkeys", "was cancelled; the connection was closed\r\n.*> ")
    finally:
        fresh_server.process.send_signal(signal.SIGCONT)
    prompt.type("nkeys\n")
    prompt.wait_for("\n0\r\n")


def test_ctrl_c_during_load_does_not_search_for_a_refused_line(
        prompt, fresh_server, tmp_path):
    (tmp_path / "store.jsonl").write_text('{"key": "k", "value": "v"}\n')
    fresh_server.process.send_signal(signal.SIGSTOP)
    try:
        output = prompt.interrupt_command(
            f"load {tmp_path}/store.jsonl", r"(?s)\^C\r\n(.*)keys stored: 0\r\n.*> ")[1]
    finally:
        fresh_server.process.send_signal(signal.SIGCONT)
    assert "was cancelled; the connection was closed" in output
    assert "did not confirm" not in output


def test_ctrl_c_ends_reading_a_file_that_blocks(prompt, tmp_path):
    os.mkfifo(tmp_path / "fifo")
    prompt.interrupt_command(f"set --file {tmp_path}/fifo k", "Interrupted system call")
    prompt.wait_for("> ")
    prompt.type("ping\n")
    prompt.wait_for("answers after")


def test_ctrl_c_ends_a_long_listing(prompt, other):
    for first in range(0, 100_000, 10_000):
        other.multi_set(*((f"/key_{number}", "") for number in range(first, first + 10_000)))
    other.settle()
    prompt.type("keys\n")
    prompt.wait_for("key_1000\r\n")
    prompt.type(INTERRUPT)
    # The terminal echoes ^C while keys are still on their way to it.
    listed = prompt.wait_for(r"(?s).*\^C.*127\.0\.0\.1:\d+> ")[0]
    assert "key_99999" not in listed
    prompt.type("check key_5\n")
    prompt.wait_for("there    key_5\r\n")


def test_sigint_of_another_process_does_not_end_the_prompt(prompt):
    prompt.process.send_signal(signal.SIGINT)
    prompt.type("ping\n")
    prompt.wait_for("answers after")
    prompt.type("quit\n")
    assert prompt.end() == DONE


def test_sigtstp_without_a_shell_does_not_stop_the_prompt(prompt):
    prompt.wait_for_editor()
    prompt.type("unfinished")
    prompt.wait_for("unfinished")
    prompt.process.send_signal(signal.SIGTSTP)
    prompt.wait_for(r"\r\n127\.0\.0\.1:\d+> ")
    prompt.type("ping\n")
    prompt.wait_for("answers after")


def history_file(directory):
    return directory / ".tcpstore-cli_history"


def enter(prompt, line):
    prompt.type(line + "\n")
    prompt.wait_for("> ")


def test_history_is_kept_in_a_file_that_only_its_owner_reads(prompt, terminal, tmp_path):
    history_file(tmp_path).touch(0o644)
    enter(prompt, r"set größe 'a\nb #1'")
    prompt.type("quit\n")
    assert prompt.end() == DONE
    assert stat.S_IMODE(os.stat(history_file(tmp_path)).st_mode) == 0o600
    again = terminal()
    again.wait_for("> ")
    again.type(UP)
    again.wait_for("quit")
    again.type(UP)
    again.wait_for(re.escape(r"set größe 'a\nb #1'"))


def test_history_keeps_lines_of_a_killed_prompt_and_of_concurrent_prompts(
        prompt, terminal, tmp_path):
    second = terminal()
    second.wait_for("> ")
    enter(prompt, "set first 1")
    enter(second, "set second 2")
    enter(prompt, "set third 3")
    prompt.process.kill()
    second.type("quit\n")
    assert second.end() == DONE
    again = terminal()
    again.wait_for("> ")
    for line in ("quit", "set third 3", "second 2", "first 1"):
        again.type(UP)
        again.wait_for(line)


def test_a_history_file_that_is_a_link_stays_a_link(terminal, tmp_path):
    (tmp_path / "elsewhere").touch()
    history_file(tmp_path).symlink_to("elsewhere")
    started = terminal()
    started.wait_for("> ")
    enter(started, "set linked 1")
    assert history_file(tmp_path).is_symlink()
    assert "linked" in (tmp_path / "elsewhere").read_text()


@pytest.mark.parametrize("kind", ["fifo", "/dev/null", "directory"])
def test_a_history_that_is_not_a_regular_file_is_not_changed(terminal, tmp_path, kind):
    path = history_file(tmp_path)
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "directory":
        path.mkdir()
    else:
        path.symlink_to(kind)
    before = os.stat(path)
    started = terminal()
    started.wait_for("> ")
    enter(started, "set forgotten 1")
    started.type(UP)
    started.wait_for("set forgotten 1")
    started.type("\n")
    started.wait_for("> ")
    started.type("quit\n")
    assert started.end() == DONE
    assert os.stat(path).st_mode == before.st_mode


def test_a_large_history_is_cut_to_its_last_lines(terminal, tmp_path):
    path = history_file(tmp_path)
    path.write_text("_HiStOrY_V2_\n" + "".join(
        rf"set\040k\040{number}\012" + "\n" for number in range(60_000)))
    started = terminal()
    started.wait_for("> ")
    kept = path.read_text().splitlines()
    assert kept[0] == "_HiStOrY_V2_" and len(kept) == 1001
    assert kept[1].endswith(r"59000\012") and kept[-1].endswith(r"59999\012")


def test_the_prompt_connects_to_a_restarted_server(prompt, fresh_server, tmp_path_factory):
    fresh_server.stop()
    prompt.type("--timeout 0.1 ping\n")
    prompt.wait_for("(?s)tcpstore-cli: .*\n127.*> ")
    again = Tcpstored(tmp_path_factory.mktemp("again"), "--port", str(fresh_server.address[1]))
    try:
        prompt.type("ping\n")
        prompt.wait_for("answers after")
    finally:
        again.stop()


def test_commands_in_upper_case_run(prompt):
    prompt.type("SET k V\n")
    prompt.wait_for("> ")
    prompt.type("GET k\n")
    prompt.wait_for("\nV\r\n")
    prompt.type("QUIT\n")
    assert prompt.end() == DONE


def test_the_prompt_reconnects_after_a_refused_request(prompt, fresh_server, other):
    other.set("/number", "none")
    other.settle()
    prompt.type("add number\n")
    prompt.wait_for("rejected the request")
    prompt.type("get number\n")
    prompt.wait_for("\nnone\r\n")


def test_prompt_without_a_server_exits_with_3(terminal):
    started = terminal("--timeout", "0.1", address=("127.0.0.1", 1))
    started.wait_for("-p PORT")
    assert started.end() == UNREACHABLE


def test_wait_announces_retries_on_a_terminal(terminal):
    started = terminal("--wait", "--timeout", "60", "ping", address=("127.0.0.1", 1))
    started.wait_for("127.0.0.1, port 1: connection refused; trying for 60 s, Ctrl-C")
    started.type(INTERRUPT)
    assert started.end() < 0


def test_get_announces_its_wait_on_a_terminal(terminal, fresh_server):
    started = terminal("get", "later")
    started.wait_for("waiting for later, 30 s at most; --now")
    Cli(fresh_server.address)("set", "later", "came")
    started.wait_for("came")
    assert started.end() == DONE


def test_ctrl_c_ends_a_wait_outside_the_prompt(terminal):
    started = terminal("get", "never")
    started.wait_for("waiting for never")
    started.type(INTERRUPT)
    assert started.end() < 0


def test_an_error_is_printed_below_the_progress_line(terminal, tmp_path):
    (tmp_path / "other").mkdir()
    server = Tcpstored(tmp_path / "other")
    started = terminal("missing", "--watch", "rank_{}", "0..2", address=server.address)
    started.wait_for("3 of 3 missing")
    server.stop()
    started.wait_for("\r\ntcpstore-cli: .*lost")
    assert started.end() == UNREACHABLE


def test_missing_watch_shows_progress_in_one_line(terminal, other):
    started = terminal("missing", "--watch", "rank_{}", "0..2")
    started.wait_for(r"\r *0 s  3 of 3 missing: 0\.\.2\x1b\[K")
    other.set("/rank_1", "")
    started.wait_for(r"\r[^\n]*2 of 3 missing: 0, 2\x1b\[K")
    other.multi_set(("/rank_0", ""), ("/rank_2", ""))
    started.wait_for(r"\r[^\n]*none of 3 missing\x1b\[K\r\n")
    assert started.end() == DONE


# Questions

QUESTION = r"delete all 2 keys at 127\.0\.0\.1, port \d+, those of running jobs, too\? \[y/N\] "


@pytest.mark.parametrize("answer, status", [("y", DONE), ("yes", DONE), ("n", NO), ("", NO), ("x", NO)])
def test_flush_of_all_keys_asks_on_a_terminal(terminal, other, answer, status):
    other.multi_set(("/a", "1"), ("/b", "2"))
    other.settle()
    started = terminal("flush")
    started.wait_for(QUESTION)
    started.type(answer + "\n")
    started.wait_for("\n2\r\n" if status == DONE else "nothing is deleted")
    assert started.end() == status
    assert other.get_num_keys() == (0 if status == DONE else 2)


def test_the_end_of_input_answers_no(terminal, other):
    other.multi_set(("/a", "1"), ("/b", "2"))
    other.settle()
    started = terminal("flush")
    started.wait_for(QUESTION)
    started.type(END_OF_INPUT)
    started.wait_for("nothing is deleted")
    assert started.end() == NO and other.get_num_keys() == 2


def test_flush_asks_at_the_prompt_where_ctrl_c_answers_no(prompt, other):
    other.multi_set(("/a", "1"), ("/b", "2"))
    other.settle()
    prompt.type("flush\n")
    prompt.wait_for(QUESTION)
    prompt.type(INTERRUPT)
    prompt.wait_for("nothing is deleted")
    prompt.wait_for("> ")
    prompt.type("flush\n")
    prompt.wait_for(QUESTION)
    prompt.type("y\n")
    prompt.wait_for("\n2\r\n")
    prompt.wait_for("> ")
    prompt.type("flush\n")
    prompt.wait_for("\n0\r\n")


def test_flush_does_not_ask_where_the_keys_are_given(terminal, other):
    other.multi_set(("/a", "1"), ("/b", "2"))
    other.settle()
    for words in (("flush", "a"), ("flush", "--prefix", "job"), ("flush", "--yes")):
        assert terminal(*words).end() == DONE
    assert other.get_num_keys() == 0
