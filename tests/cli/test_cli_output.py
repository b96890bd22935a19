"""Output of `tcpstore-cli` is safe on a terminal, unambiguous, and can be typed."""

import json
import subprocess

import pytest

from support.cli import Terminal, command, run_cli

DONE, NO, USAGE = range(3)

VISIBLE = ["plain", "Größe", "大小", "🦩", "e\u0301", "नमस्ते", "a b", "§±€½"]
INVISIBLE = {
    "a control character": "\x01", "the escape": "\x1b", "DEL": "\x7f", "C1": "\x9b",
    "a space that does not break": "\xa0", "an ideographic space": "\u3000",
    "a hyphen that is shown at a line's end": "\xad", "a joiner of graphemes": "\u034f",
    "an Arabic mark of direction": "\u061c", "a Hangul filler": "\u115f",
    "an inherent vowel": "\u17b4", "a vowel separator": "\u180e", "no width": "\u200b",
    "a joiner": "\u200d", "a mark of direction": "\u200f", "a line separator": "\u2028",
    "a paragraph separator": "\u2029", "an override of direction": "\u202e",
    "an isolate": "\u2066", "a word joiner": "\u2060", "a blank of Braille": "\u2800",
    "a Hangul filler of old": "\u3164", "a variation selector": "\ufe0f",
    "a byte order mark": "\ufeff", "a half-width filler": "\uffa0", "not assigned": "\u0378",
    "private use": "\ue000", "no character": "\uffff", "a tag": "\U000e0041",
    "a variation selector of plane 14": "\U000e0100", "a null notehead": "\U0001d159",
    "private use of plane 16": "\U00100000",
}


def escaped(text):
    return "".join(f"\\x{byte:02x}" for byte in text.encode())


def store(other, *keys):
    for name in keys:
        other.set(name, "value")
    other.settle()


@pytest.mark.parametrize("hidden", INVISIBLE.values(), ids=INVISIBLE.keys())
def test_an_invisible_character_is_printed_as_an_escape(cli, other, hidden):
    name = f"k{hidden}k"
    shown = f"k{escaped(hidden)}k"
    other.set("/" + name, name)
    other.settle()
    assert cli("keys").stdout == shown + "\n"
    assert cli("get", shown).stdout == shown + "\n"
    assert cli("check", shown + "2").stdout == f"missing  {shown}2\n"
    for words in (["--json", "keys"], ["dump"], ["--json", "get", shown]):
        done = cli(*words)
        assert hidden not in done.stdout
        assert json.loads(done.stdout)["key"] == name
    assert json.loads(done.stdout)["value"] == name


@pytest.mark.parametrize("name", VISIBLE)
def test_a_visible_character_is_printed_unchanged(cli, other, name):
    store(other, "/" + name)
    assert cli("keys").stdout == name + "\n"
    assert cli("--json", "keys").stdout == f'{{"key":"{name}"}}\n'


def test_different_keys_look_different(cli, other):
    names = ["k", "k\u200b", "k\ufeff", "\u202ek", "k ", " k", "k\xa0", "\u0301k", "k\u2028", " ",
             "  ", "a\u0378", "a\U000e0041", "k\n", "k\\n", "k\\x0a", "\xff", b"\xff"]
    wire_names = [b"/" + (name if isinstance(name, bytes) else name.encode()) for name in names]
    store(other, *wire_names)
    shown = [line.strip() for line in cli("keys").lines]
    assert len(set(shown)) == len(names)
    for line in shown:
        assert cli("check", line).status == DONE, line


def test_a_mark_without_a_letter_before_it_is_printed_as_an_escape(cli, other):
    store(other, "/\u0301a", "/a\n\u0301", "/e\u0301", "/ \u0301")
    assert set(cli("keys").lines) == {
        r"\xcc\x81a", r"a\n\xcc\x81", "e\u0301", r"\x20\xcc\x81"}
    assert r'"key":"\u0301a"' in cli("--json", "keys").stdout


def test_json_prints_two_escapes_for_a_character_above_ffff(cli, other):
    store(other, "/\U000e0041")
    assert cli("--json", "keys").stdout == '{"key":"\\udb40\\udc41"}\n'


def test_load_of_a_dump_restores_invisible_characters(cli, other):
    stored = {("/" + hidden).encode(): (hidden * 3).encode() for hidden in INVISIBLE.values()}
    for name, value in stored.items():
        other.set(name, value)
    other.settle()
    dumped = cli("dump").bytes
    for name in stored:
        other.delete_key(name)
    assert cli("load", stdin=dumped).status == DONE
    assert {name: other.get(name) for name in other.list_keys()} == stored


HOSTILE = "\x1b]0;title\x07\u202e\x9b2J"


@pytest.mark.parametrize("words", [
    ["get", HOSTILE + "\\"],
    ["get", "--now", HOSTILE],
    ["get", "--timeout", "0.1", HOSTILE],
    ["wait", "--timeout", "0.1", HOSTILE],
    ["pop", "--now", HOSTILE],
    ["del", HOSTILE],
    ["keys", HOSTILE + "\\"],
    ["load", HOSTILE],
    ["set", "--file", HOSTILE, "k"],
    ["missing", HOSTILE, "0..1"],
    ["missing", HOSTILE + "{}", HOSTILE],
    ["add", "k", HOSTILE],
    [HOSTILE],
    ["help", HOSTILE],
    ["--" + HOSTILE, "ping"],
    ["--timeout", HOSTILE, "ping"],
    ["--raw-keys", "--prefix", HOSTILE, "keys"],
])
def test_a_message_about_hostile_arguments_is_escaped(cli, words):
    done = cli(*words)
    assert done.status != DONE
    assert not set(HOSTILE) & set("\x1b\x07\u202e\x9b") & set(done.stdout + done.stderr)
    assert "title" in done.stderr


def test_a_message_about_a_hostile_host_is_escaped():
    done = run_cli("-h", HOSTILE, "--timeout", "0", "ping")
    assert done.status != DONE
    assert not {"\x1b", "\x07", "\u202e", "\x9b"} & set(done.stderr)


@pytest.mark.parametrize("program", ["tcpstored", "tcpstore-bench"])
def test_messages_of_other_programs_about_hostile_flags_are_escaped(program):
    path = command(("", 0))[0].parent / program
    done = subprocess.run([path, "--port", HOSTILE], capture_output=True, timeout=60)
    assert done.returncode != 0
    assert b"title" in done.stderr and b"\\x1b" in done.stderr
    assert not {0x1B, 0x07, 0x9B} & set(done.stderr)


# --raw on a terminal

def on_a_terminal(address, tmp_path, *words):
    terminal = Terminal(address, *words, home=tmp_path)
    assert terminal.end() == DONE
    terminal.close()
    return terminal.output


def test_raw_on_a_terminal_prints_text_unchanged(fresh_server, other, tmp_path):
    other.set("/k", "one\n\ttwo Größe\n")
    other.settle()
    shown = on_a_terminal(fresh_server.address, tmp_path, "--raw", "get", "k")
    assert shown == "one\r\n\ttwo Größe\r\n"


def test_raw_on_a_terminal_escapes_control_characters(fresh_server, other, tmp_path):
    other.queue_push("/q", "\x1b[2J")
    other.settle()
    shown = on_a_terminal(fresh_server.address, tmp_path, "--raw", "pop", "q")
    assert shown.startswith("\\x1b[2J\r\n") and "'| cat'" in shown
    assert "\x1b" not in shown


def test_raw_through_a_pipe_prints_all_bytes_unchanged(cli, other):
    other.set("/k", bytes(range(256)))
    other.settle()
    assert cli("--raw", "get", "k").bytes == bytes(range(256))


# Globs

@pytest.mark.parametrize("glob, found", [
    (r"x\ny", ["x\ny"]),
    (r"x?y", ["x\ny", "x\x01y", "xöy", "x大y", "x*y", "x\\y", "xny", b"x\xffy"]),
    (r"x\xffy", [b"x\xffy"]),
    (r"x\x01y", ["x\x01y"]),
    (r"x\*y", ["x*y"]),
    (r"x\\y", ["x\\y"]),
    (r"x[\n]y", ["x\ny"]),
    (r"x[\x00-\x1f]y", ["x\ny", "x\x01y"]),
    (r"x[ö大]y", ["xöy", "x大y"]),
    (r"x[a-z]y", ["xny"]),
    (r"x[]*]y", ["x*y"]),
    (r"x[\x5c\\]y", ["x\\y"]),
    (r"x[", []),
    (r"*x*?*y*", ["x\ny", "x\x01y", "xöy", "x大y", "x*y", "x\\y", "xny", b"x\xffy", "x\u202ey"]),
    (r"x[!\na-zö]y", ["x\x01y", "x大y", "x*y", "x\\y", b"x\xffy"]),
    (r"x???y", ["x\u202ey"]),
    (r"x\xe2\x80\xaey", ["x\u202ey"]),
    (r"x*y", ["x\ny", "x\x01y", "xöy", "x大y", "x*y", "x\\y", "xny", b"x\xffy", "x\u202ey"]),
    (r"raw\x3a*", ["raw:x"]),
    (r"raw:*", []),
    (r"r?w*", ["raw:x"]),
])
def test_a_glob_matches_characters_and_escapes_of_keys(cli, other, glob, found):
    names = ["x\ny", "x\x01y", "xöy", "x大y", "x*y", "x\\y", "xny", b"x\xffy", "x\u202ey", "raw:x"]
    as_bytes = {name if isinstance(name, bytes) else name.encode() for name in names}
    store(other, *(b"/" + name for name in as_bytes))
    listed = cli("keys", glob)
    assert listed.status == DONE
    assert len(cli("dump", glob).lines) == len(listed.lines) == len(found)
    if found:
        assert cli("del", *listed.lines).status == DONE
    left = {name.removeprefix(b"/") for name in other.list_keys()}
    assert left == as_bytes - {name if isinstance(name, bytes) else name.encode() for name in found}


@pytest.mark.parametrize("glob", ["x\\", "x\\y", r"x\x4", r"[\q]"])
def test_a_glob_with_a_wrong_escape_exits_with_2(cli, glob):
    done = cli("keys", glob)
    assert (done.status, done.stdout) == (USAGE, "")
    assert glob in done.stderr and "in a GLOB, a backslash begins" in done.stderr
