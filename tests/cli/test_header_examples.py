"""The examples at the top of the public headers compile unchanged as C and as C++, and handle
success and failure."""

import re
import socket
import subprocess

import pytest

from support.client import Client
from support.library import STANDARDS, INCLUDE, build_program

EXAMPLE = re.compile(r"^ \*     .*\n(?: \*(?:     .*)?\n)*", re.MULTILINE)


def example_of(header):
    """The first indented block, without lines that are "..."."""
    text = (INCLUDE / "tcpstore" / header).read_text()
    lines = EXAMPLE.search(text)[0].replace(" *     ", "").replace(" *\n", "\n").splitlines()
    return "\n".join(line for line in lines if line != "...")


def replaced(text, old, new):
    assert text.count(old) == 1, f"{old} in:\n{text}"
    return text.replace(old, new)


def program_of(header, language, folder, options):
    """A program of the example, whose last option is replaced by these."""
    example = example_of(header)
    own = re.findall(r"options\.\w+ = .*;", example)[-1]
    source = (f"#include <stdio.h>\n#include <stdlib.h>\n#include <tcpstore/{header}>\n"
              f"int main(int argc, char **argv)\n{{\nint port = argc > 1 ? atoi(argv[1]) : 0;\n"
              f"{replaced(example, own, options)}\nreturn 0;\n}}\n")
    build_program(language, source, folder / "example")
    return folder / "example"


def run(program, port):
    done = subprocess.run([program, str(port)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture(scope="module", params=STANDARDS)
def client_example(request, tmp_path_factory):
    return program_of("client.h", request.param, tmp_path_factory.mktemp("client"),
                      'options.host = "127.0.0.1"; options.port = (uint16_t)port; '
                      'options.connect_timeout_ms = 0; options.timeout_ms = 200;')


@pytest.fixture(scope="module", params=STANDARDS)
def server_example(request, tmp_path_factory):
    return program_of("server.h", request.param, tmp_path_factory.mktemp("server"),
                      "options.port = (uint16_t)port;")


def test_the_client_example_reads_the_value_of_another_rank(client_example, fresh_server):
    client = Client(fresh_server.address)
    client.set("/rank_1", "10.0.0.8")
    assert run(client_example, fresh_server.address[1]).stdout == "rank 1 is at 10.0.0.8\n"
    assert client.get("/rank_0") == b"10.0.0.7"
    client.close()


def test_the_client_example_reports_a_refused_connection(client_example):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        done = run(client_example, unused.getsockname()[1])
    assert "connection refused" in done.stderr


def test_the_client_example_reports_a_timeout_for_a_missing_value(client_example, fresh_server):
    done = run(client_example, fresh_server.address[1])
    assert "get /rank_1" in done.stderr and "timed out" in done.stderr


def test_the_server_example_prints_its_port(server_example):
    assert re.fullmatch(r"clients can use port \d+\n", run(server_example, 0).stdout)


def test_the_server_example_reports_a_port_in_use(server_example):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert str(port) in run(server_example, port).stderr
