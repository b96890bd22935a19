"""The manual pages agree with --help, and are well-formed."""

import re
import subprocess
from pathlib import Path

import pytest

from support.help import commands_of, flags_of, listed_under
from support.tools import tool

PAGES = sorted((Path(__file__).parents[2] / "docs" / "man").glob("*.scd"))
PROGRAMS = [page.name.split(".")[0] for page in PAGES if page.stem.endswith(".1")]

# Warnings that scdoc always causes.
ACCEPTED = re.compile(r"WARNING: skipping paragraph macro: PP (empty|after S[HS])$")


def source(program):
    return next(page.read_text() for page in PAGES if page.name == f"{program}.1.scd")


def plain(text):
    return re.sub(r"\*|(?<!\w)_|_(?!\w)", "", text)


def entries(program):
    """The text under each `*-f*, *--flag* _ARGUMENT_` or `*name* _ARGUMENT_`."""
    found = re.findall(r"^(\*[^\t\n]*)\n((?:\t.*\n)+)", source(program), re.M)
    return {title: plain(" ".join(text.split())) for title, text in found}


def title(flag):
    names = ", ".join(f"*{name}*" for name in flag.names)
    return f"{names} _{flag.argument}_" if flag.argument else names


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_page_has_the_usual_sections(program):
    sections = re.findall(r"^# (.*)", source(program), re.M)
    assert sections[:3] == ["NAME", "SYNOPSIS", "DESCRIPTION"]
    assert {"OPTIONS", "EXIT STATUS", "SIGNALS", "ENVIRONMENT", "EXAMPLES"} <= set(sections)
    assert sections[-1] == "SEE ALSO"


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_page_lists_the_flags_of_help_in_order(program):
    in_page = [each for each in entries(program) if each.startswith("*-")]
    assert in_page == [title(flag) for flag in flags_of(program)]


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_page_states_the_defaults_of_help(program):
    in_page = entries(program)
    stated = {title(flag): flag.default for flag in flags_of(program) if flag.default}
    stated.pop("*--max-memory* _SIZE_", None)  # depends on the machine
    assert stated
    for flag, default in stated.items():
        assert f"Default {default}" in in_page[flag], flag


def test_the_page_lists_the_commands_of_help_in_order():
    part = re.search(r"^# COMMANDS$(.*?)^# ", source("tcpstore-cli"), re.M | re.S)[1]
    in_page = [plain(line) for line in re.findall(r"^\*.*", part, re.M)]
    assert in_page == commands_of("tcpstore-cli")


def test_the_page_lists_the_scenarios_of_help():
    part = re.search(r"^# SCENARIOS$(.*?)^# ", source("tcpstore-bench"), re.M | re.S)[1]
    in_page = [name for line in re.findall(r"^\*.*", part, re.M)
               for name in re.findall(r"\*([a-z-]+)\*", line)]
    assert sorted(in_page) == sorted(listed_under("Scenarios", "tcpstore-bench"))


def test_the_page_lists_the_events_of_the_log():
    root = Path(__file__).parents[2]
    folders = ("src/server", "src/observe", "src/relays", "src/uplink", "src/embed", "apps/tcpstored")
    text = "".join(file.read_text() for folder in folders
                   for file in sorted((root / folder).glob("*.c")))
    logged = set(re.findall(r"\"event=([a-z-]+)|(?:log_write|report\w*)\([^\";{]*\"([a-z0-9-]+)\",", text))
    part = re.search(r"^# LOG$(.*?)^# ", source("tcpstored"), re.M | re.S)[1]
    in_page = set(re.findall(r"^\*([a-z0-9-]+)\* \(", part, re.M))
    internal = {"live-handle"}
    assert in_page == {daemon or library for daemon, library in logged} - internal


@pytest.fixture(params=PAGES, ids=lambda page: page.stem)
def rendered(request, tmp_path):
    path = tmp_path / request.param.stem
    with request.param.open() as page, path.open("w") as out:
        subprocess.run([tool("scdoc")], stdin=page, stdout=out, check=True, timeout=30)
    return path


def test_mandoc_reports_no_warnings(rendered):
    done = subprocess.run([tool("mandoc"), "-T", "lint", "-W", "warning", rendered],
                          capture_output=True, text=True, timeout=30)
    faults = [line for line in done.stdout.splitlines() if not ACCEPTED.search(line)]
    assert (faults, done.stderr) == ([], "")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_refers_only_to_existing_pages(page):
    known = {page.stem for page in PAGES} | {"listen.2", "systemd.socket.5"}
    referred = re.findall(r"\*([\w.-]+)\*\((\d)\)", page.read_text())
    assert {f"{name}.{section}" for name, section in referred} <= known
