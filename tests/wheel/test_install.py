"""What pip has installed: real programs that need only libc, and a typed package."""

import platform
import re
import subprocess
import zipfile

import pytest

PROGRAMS = ["tcpstored", "tcpstore-cli", "tcpstore-bench"]
LIBC = {"libc.so.6", "libm.so.6", "libpthread.so.0", "libdl.so.2", "librt.so.1",
        "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"}


def run(*command, **options):
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60,
                          **options).stdout


@pytest.mark.parametrize("name", [*PROGRAMS, "tcpstore-run"])
def test_a_program_has_the_version_of_the_wheel(scripts, wheel, name):
    version = wheel.name.split("-")[1]
    assert run(scripts / name, "--version").split() == [name, version]


def test_the_name_says_that_any_python_3_and_glibc_from_2_28_will_do(wheel):
    assert re.fullmatch(rf"tcpstore-[^-]+-py3-none-manylinux_2_28_{platform.machine()}\.whl",
                        wheel.name)


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_is_a_binary_that_needs_only_libc(scripts, name):
    assert (scripts / name).read_bytes()[:4] == b"\x7fELF"
    dynamic = run("readelf", "--dynamic", "--wide", scripts / name)
    assert set(re.findall(r"NEEDED.*\[(.*)\]", dynamic)) <= LIBC
    versions = re.findall(r"GLIBC_2\.(\d+)", run("readelf", "--version-info", scripts / name))
    assert max(map(int, versions)) <= 28


def test_the_wheel_has_the_licences_of_what_is_linked_in(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    for library in ["libuv1", "jansson", "libmicrohttpd", "curl", "ncurses", "libedit",
                    "libunistring"]:
        assert any(f"tcpstore/licenses/{library}/" in name for name in names), library


def test_the_package_imports_and_is_typed(scripts):
    folder = run(scripts / "python", "-c",
                 "import tcpstore, os; print(os.path.dirname(tcpstore.__file__), end='')")
    assert "py.typed" in run("ls", folder)


def test_the_command_line_reads_a_terminal_description(scripts, environment):
    """Without a terminal, top refuses; with one it finds its description on this system."""
    typescript = run("script", "-qec", f"{scripts}/tcpstore-cli -p 1 --timeout 1 top; true",
                     "/dev/null", stdin=subprocess.DEVNULL,
                     env={**environment, "TERM": "xterm-256color"})
    assert "xterm-256color" not in typescript, "ncurses does not know the terminal"
