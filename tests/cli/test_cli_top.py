"""`tcpstore-cli top` on a terminal."""

import http.server
import re
import signal
import sys
import termios
import threading
import time

import pytest

from support.cli import Cli
from support.recording import play
from support.screen import Screen
from support.servers import TorchServer
from support.waiting import wait_until

DONE, NO, USAGE, UNREACHABLE, TIMED_OUT, FAILED, NO_HTTP = range(7)
SHORT_HOST = [f"3-host-short-of-a-process.host{host}.jsonl" for host in range(4)]
HOSTILE = b"/\x1b[2J\x1b]0;title\x07\xc2\x9b31m\xe2\x80\xae\r\n\xff"
LEFT = "\x1b[?1049l"


@pytest.fixture
def open_screen(tmp_path):
    opened = []

    def open_screen(address, *words, **size):
        opened.append(Screen(address, *words, home=tmp_path, **size))
        return opened[-1]

    yield open_screen
    for each in opened:
        each.close()


@pytest.fixture
def hanging(tcpstored):
    """A server whose seven clients wait for rank 5, which the host 127.0.1.3 lacks."""
    server, _ = tcpstored("--slow-wait", "1")
    clients = play(server.address, *SHORT_HOST)
    yield server
    for client in clients:
        client.close()


@pytest.fixture
def top(hanging, open_screen):
    screen = open_screen(hanging.address, "top", "--every", "0.3")
    screen.shows("^ HANGS ")
    screen.shows("^127")
    return screen


def modes(screen):
    return termios.tcgetattr(screen.master)


def assert_restored(screen, before):
    assert not screen.grid.alternate and screen.raw.rstrip("\r\n").endswith("\x1b>")
    assert "\x1b[?25h" in screen.raw[-200:], "the cursor is hidden"
    assert before[3] & (termios.ICANON | termios.ECHO) == termios.ICANON | termios.ECHO


class Foreign(http.server.BaseHTTPRequestHandler):
    """Another program's server, which answers with JSON; but not when it is asked first."""

    def do_GET(self):
        self.send_response(200 if self.path.startswith(("/healthz", "/v1/stat")) else 404)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        pass


@pytest.fixture
def foreign():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Foreign) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address
        server.shutdown()


# What it shows

def test_json_of_another_server_is_reported(foreign, open_screen):
    open_screen(foreign, "top", "--every", "0.3").shows("the answer is not tcpstored's")


def test_the_first_lines_name_the_verdict_and_the_culprit(top, hanging):
    assert re.match(r" HANGS  7 clients are connected; 7 wait, the longest for \d+ s +127\.0\.0\.1:",
                    top.shows("HANGS"))
    assert "memory" in top.shows("requests/s")
    assert top.shows("→").startswith("  → host 127.0.1.3 lacks rank 5, where others have 2 ranks")
    word = top.grid.styles[0][1]
    assert "41" in word.split(";"), f"the verdict is not red: {word}"


def test_hosts_that_miss_a_rank_are_first(top):
    def hosts(text):
        lines = [line.split() for line in text.split("\n") if line.startswith("127")]
        return [line[:2] for line in lines] == [
            ["127.0.1.3", "missing"], ["127.0.1.1", "waiting"], ["127.0.1.2", "waiting"],
            ["127.0.1.4", "waiting"]] and lines[0][2] == "5"

    top.wait_until(hosts)


def test_a_job_that_waits_shortly_does_not_hang(hanging, open_screen):
    screen = open_screen(hanging.address, "top", "--hang", "1000")
    screen.shows("^ WAITING ")


def test_an_idle_server_does_not_hang(tcpstored, open_screen):
    screen = open_screen(tcpstored()[0].address, "top")
    screen.shows("^ NO HANG ")
    screen.shows("^none$")


def test_world_adds_missing_ranks_and_hosts(hanging, open_screen):
    screen = open_screen(hanging.address, "top", "--world", "16")
    screen.shows("7 of 16 ranks")
    screen.shows(r"^\?7 +missing +14-15")


def test_changes_appear(tcpstored, open_screen):
    server, connect = tcpstored("--slow-wait", "1")
    screen = open_screen(server.address, "top", "--every", "0.1")
    screen.shows("^ NO HANG ")
    client = connect()
    client.wait("/go")
    screen.shows("^ WAITING ")
    screen.shows("^ HANGS ")
    connect().set("/go", b"")
    screen.shows("^ NO HANG ")


def test_rates_count_requests(tcpstored, open_screen):
    server, connect = tcpstored()
    client = connect()
    screen = open_screen(server.address, "top", "--every", "0.2")
    screen.shows("^0 requests/s")

    def some(text):
        client.set("k", b"")
        client.settle()
        return re.search(r"^[1-9][\d,]* requests/s", text, re.M)

    screen.wait_until(some)


# Keys

def test_views_show_waits_clients_and_keys(top):
    top.type("w")
    assert top.shows(r"job-1/1/default_pg/0//cpu//0/5$").split()[0] == "7"
    top.type("c")
    top.shows("^ID +PEER")
    top.wait_until(lambda text: len(re.findall(r"^ *\d+  127\.0\.1\.\d:\d+ ", text, re.M)) == 7)
    top.type("k")
    top.shows(r"^ +\d+  job-1/1/default_pg/0//cpu//0/7$")
    top.type("h")
    top.shows("^127")


def test_another_view_does_not_wait_for_the_next_round(hanging, open_screen):
    screen = open_screen(hanging.address, "top", "--every", "1000")
    screen.shows("^127")
    screen.type("k")
    screen.shows("//cpu//0/7$", seconds=20)


def column_of(screen, pattern):
    return re.findall(pattern, screen.grid.text(), re.M)


def test_keys_sort_and_reverse(top):
    ranks = r"^ +\d+  \S+//cpu//0/(\d)$"
    top.type("k")
    top.shows(ranks)
    top.shows("by KEY")
    assert column_of(top, ranks) == sorted(column_of(top, ranks))
    top.type("r")
    top.shows("by KEY reversed")
    top.wait_until(lambda _: column_of(top, ranks) == sorted(column_of(top, ranks), reverse=True))
    top.type(">")
    top.shows("by BYTES")
    top.type("<")
    top.shows("by KEY")


def test_a_filter_hides_other_rows_until_it_is_erased(top):
    top.type("k")
    top.shows("//cpu//0/7$")
    top.type("/0/[0-2]")
    top.shows(r"^filter, .*: 0/\[0-2\]")
    top.wait_until(lambda text: "//cpu//0/2" in text and "//cpu//0/7" not in text)
    top.type("\x7f\x7f\x7f\x7f\x7f7]\x7f")
    top.wait_until(lambda text: "//cpu//0/7" in text and "//cpu//0/2" not in text)
    top.type("\r")
    top.shows("filter 0/7")
    top.type("/\x1b")
    top.shows("//cpu//0/2$")


def test_arrow_and_page_keys_scroll(tcpstored, open_screen):
    server, connect = tcpstored()
    client = connect()
    for i in range(100):
        client.set(f"/key-{i}", b"")
    screen = open_screen(server.address, "top")
    screen.type("k")
    screen.shows("key-0$")
    screen.type("\x1bOB")  # down
    screen.wait_until(lambda text: " key-0\n" not in text and " key-1\n" in text)
    screen.type("\x1b[6~")  # page down
    screen.wait_until(lambda text: " key-1\n" not in text)
    screen.type("\x1bOF")  # end
    screen.shows("key-99$")
    screen.type("\x1bOH")  # home
    screen.shows("key-0$")


def test_help_is_shown_until_the_next_key(top):
    top.type("?")
    top.shows("h w c k +show hosts, waits, clients, keys")
    top.type("x")
    top.shows("^127")


# Terminals

def test_it_follows_the_size_of_the_terminal(top):
    top.resize(40, 120)
    top.wait_until(lambda text: "arrows and page keys scroll" in text.split("\n")[39])
    top.resize(9, 80)
    top.shows("^needs 40 x 10$")
    top.resize(24, 80)
    top.shows("^ HANGS ")


@pytest.mark.parametrize("lines, columns", [(5, 20), (3, 80), (3, 13), (24, 39), (9, 200)])
def test_a_window_that_is_too_small_shows_which_size_it_needs(hanging, open_screen, lines, columns):
    screen = open_screen(hanging.address, "top", "--every", "0.1", lines=lines, columns=columns)
    expected = ["too small", "needs 40 x 10", "q quits"] + [""] * (lines - 3)
    screen.wait_until(lambda text: text.split("\n") == expected)
    screen.type("hwck?x/a\r><rq")
    assert screen.end() == DONE


@pytest.mark.parametrize("lines, columns", [(1, 80), (2, 1), (1, 1)])
def test_a_tiny_window_can_be_closed(hanging, open_screen, lines, columns):
    screen = open_screen(hanging.address, "top", "--every", "0.1", lines=lines, columns=columns)
    screen.wait_until(lambda text: text.startswith("t"[:columns]) or text.startswith("…"))
    screen.type("q")
    assert screen.end() == DONE


def test_the_smallest_window_shows_the_verdict_and_a_culprit(hanging, open_screen):
    screen = open_screen(hanging.address, "top", lines=10, columns=40)
    screen.shows("^ HANGS ")
    screen.shows("^  → host 127")
    screen.shows("^127.0.1.3 +missing")


def test_texts_of_clients_change_no_terminal(tcpstored, open_screen):
    """The grid knows no sequence but those of ncurses, and no control character."""
    server, connect = tcpstored("--slow-wait", "1")
    connect().wait(HOSTILE)
    connect().set(HOSTILE + b"2", b"")
    screen = open_screen(server.address, "top", columns=200)
    shown = re.escape(r"\x1b[2J\x1b]0;title\x07\xc2\x9b31m\xe2\x80\xae\r\n\xff")
    for view in "wck":
        screen.type(view)
        screen.wait_until(lambda text: len(re.findall(shown, text)) >= 1)
    assert "\x1b]0;" not in screen.raw


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_letters_are_shown_in_every_locale(tcpstored, open_screen, locale):
    server, connect = tcpstored()
    connect().set("/größe-日本".encode(), b"")
    screen = open_screen(server.address, "top", locale=locale)
    screen.type("k")
    screen.shows("größe-日本$")


def test_q_and_ctrl_c_restore_the_terminal(hanging, open_screen):
    for key in ("q", "\x03"):
        screen = open_screen(hanging.address, "top")
        before = modes(screen)
        screen.shows("^ HANGS ")
        assert screen.grid.alternate
        screen.type(key)
        assert screen.end() == DONE
        assert_restored(screen, before)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
def test_a_signal_restores_the_terminal_and_ends_the_program(top, number):
    top.process.send_signal(number)
    assert top.end() == -number
    assert not top.grid.alternate and "\x1b[?25h" in top.raw[-200:]


def test_ctrl_z_restores_the_terminal_until_it_continues(hanging, open_screen, tmp_path):
    """A program whose parent is in another session cannot be stopped, so a shell starts it."""
    screen = open_screen(hanging.address, "top", before=(
        "bash", "-c", f'set -m; "$@"; until [ -e {tmp_path}/go ]; do sleep 0.1; done; fg', "bash"))
    screen.shows("^ HANGS ")
    screen.type("\x1a")
    screen.shows("Stopped")
    assert not screen.grid.alternate
    assert modes(screen)[3] & (termios.ICANON | termios.ECHO) == termios.ICANON | termios.ECHO
    (tmp_path / "go").touch()
    screen.wait_until(lambda _: screen.grid.alternate)
    screen.shows("^127")
    screen.type("q")
    assert screen.end() == DONE


# Like a shell: runs a program in the foreground, and continues it whenever it stops.
SHELL = """
import os, signal, sys
signal.signal(signal.SIGTTOU, signal.SIG_IGN)
child = os.fork()
if child == 0:
    os.setpgid(0, 0)
    os.tcsetpgrp(0, os.getpgrp())
    signal.signal(signal.SIGTTOU, signal.SIG_DFL)
    os.execv(sys.argv[1], sys.argv[1:])
while os.WIFSTOPPED(status := os.waitpid(child, os.WUNTRACED)[1]):
    os.killpg(child, signal.SIGCONT)
sys.exit(os.waitstatus_to_exitcode(status))
"""


def test_no_ctrl_z_is_lost_while_the_screen_is_drawn(hanging, open_screen):
    screen = open_screen(hanging.address, "top", before=(sys.executable, "-c", SHELL))
    screen.shows("^ HANGS ")
    for stops in range(1, 31):
        screen.type("\x1a")
        screen.wait_until(lambda _, stops=stops: screen.raw.count(LEFT) == stops, 10)
        screen.wait_until(lambda _: screen.grid.alternate, 10)
    screen.shows("^127")
    screen.type("q")
    assert screen.end() == DONE


def test_it_opens_from_the_prompt_and_returns_to_it(hanging, open_screen):
    screen = open_screen(hanging.address)
    screen.wait_for(">")
    for _ in range(2):
        screen.wait_for_editor()
        screen.type("top\n")
        screen.wait_for("HANGS")
        screen.type("q")
        screen.wait_for(re.escape(LEFT))
    screen.wait_for_editor()
    screen.type("quit\n")
    while screen._read(time.monotonic() + 10):
        pass
    assert screen.process.wait(10) == DONE


# Servers that do not answer

def test_a_server_that_stops_answering_is_reported_and_asked_again(top, hanging):
    hanging.process.send_signal(signal.SIGSTOP)
    try:
        top.shows(r"^ no answer for [1-9]\d* s")
        top.type("?")  # keys work meanwhile
        top.shows("show hosts, waits")
        top.type("?")
    finally:
        hanging.process.send_signal(signal.SIGCONT)
    top.shows("^q quit")


def test_a_server_that_ends_is_reported_with_the_reason(start, open_screen):
    server = start()
    screen = open_screen(server.address, "top", "--every", "0.2")
    screen.shows("^ NO HANG ")
    server.end_by(signal.SIGTERM)
    screen.shows(r"^ no answer for .* s: Connection refused")
    screen.type("q")
    assert screen.end() == DONE


def test_pytorchs_own_server_exits_with_6(open_screen):
    server = TorchServer()
    screen = open_screen(server.address, "top")
    screen.wait_for("PyTorch's own server, which cannot")
    assert screen.process.wait(10) == NO_HTTP
    server.stop()


def test_store_shows_the_clients_of_that_store(cli, open_screen):
    port = int(cli("stores", "open", "job-1").stdout)
    process = Cli((cli.address[0], port)).start("wait", "never", "--timeout", 100)
    screen = open_screen(cli.address, "top", "--store", "job-1", "--every", "0.3")
    try:
        screen.shows(rf" 1 client is connected.* 127\.0\.0\.1:{cli.address[1]} job-1$")
        screen.type("w")
        screen.shows("^ *1 .* never")
        screen.type("c")
        screen.shows(r"^ *\d+ +127\.0\.0\.1:\d+ .* never")
    finally:
        process.kill()
        process.communicate()


def test_an_unknown_store_is_reported_without_a_screen(cli, open_screen):
    screen = open_screen(cli.address, "top", "--store", "job-1")
    screen.wait_for("--store job-1: no store has this name")
    assert screen.process.wait(10) == FAILED


def test_a_store_that_is_closed_is_reported_on_the_screen(cli, open_screen):
    cli("stores", "open", "job-1")
    screen = open_screen(cli.address, "top", "--store", "job-1", "--every", "0.3")
    screen.shows(" 0 clients are connected")
    cli("stores", "close", "job-1")
    screen.shows("no such store")
    screen.type("q")
    assert screen.end() == DONE


def test_without_a_terminal_it_exits_with_2_and_names_other_commands(cli):
    done = cli("top")
    assert (done.status, done.stdout) == (USAGE, "")
    assert "needs a terminal" in done.stderr and "use why or stat" in done.stderr


def test_json_exits_with_2(cli):
    done = cli("top", "--json")
    assert done.status == USAGE and "see why, stat and clients" in done.stderr


def test_an_unknown_terminal_exits_with_2(hanging, open_screen):
    screen = open_screen(hanging.address, "top", term="no-such-terminal")
    screen.wait_for("TERM=no-such-terminal: ncurses does not know this terminal")
    assert screen.process.wait(10) == USAGE
