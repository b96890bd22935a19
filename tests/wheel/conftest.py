"""The wheel, installed into a fresh virtual environment without an index: it depends on nothing."""

import contextlib
import json
import os
import platform
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from support import wire
from support.ranks import Rank
from support.servers import ForeignServer, Tcpstored

TRAINERS = Path(__file__).with_name("trainers")
DIST = Path(__file__).parents[2] / "build" / "wheel" / "dist"


def the_wheel():
    wheels = list(DIST.glob(f"*_{platform.machine()}.whl"))
    assert len(wheels) == 1, f"expected one wheel in {DIST}, found {wheels}; make wheel builds it"
    return wheels[0]


def install(folder, wheel):
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    subprocess.run([sys.executable, "-m", "pip", "--python", folder / "bin" / "python", "install",
                    "--quiet", "--no-index", "--disable-pip-version-check", wheel], check=True)


@pytest.fixture(scope="session")
def wheel():
    return the_wheel()


@pytest.fixture(scope="session")
def scripts(tmp_path_factory, wheel):
    """The folder of the installed programs."""
    folder = tmp_path_factory.mktemp("venv")
    install(folder, wheel)
    return folder / "bin"


def activated(scripts):
    """As after `source activate`."""
    return {**os.environ, "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}",
            "OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo"}


@pytest.fixture
def environment(scripts):
    return activated(scripts)


@pytest.fixture
def ask(scripts):
    """Evaluates an expression with tcpstore after the statements `before`; returns its JSON, or the error's
    name and text."""

    def run(expression, before=""):
        program = (f"{before}\nimport json, tcpstore\n"
                   f"try: print(json.dumps({expression}))\n"
                   "except (tcpstore.StoreError, ValueError) as error:\n"
                   "    print(json.dumps([type(error).__name__, str(error)]))\n")
        output = subprocess.run([scripts / "python", "-c", program], check=True, text=True,
                                capture_output=True, timeout=60)
        return json.loads(output.stdout)

    return run


@pytest.fixture(scope="session")
def torch_scripts(tmp_path_factory, wheel):
    """The same, in an environment that also has the PyTorch of these tests."""
    torch = pytest.importorskip("torch")
    folder = tmp_path_factory.mktemp("venv-torch")
    install(folder, wheel)
    packages = next(folder.glob("lib/python*/site-packages"))
    (packages / "torch.pth").write_text(f"{Path(torch.__file__).parents[1]}\n")
    return folder / "bin"


@pytest.fixture
def torch_environment(torch_scripts):
    return activated(torch_scripts)


@pytest.fixture
def start_server(scripts, tmp_path_factory, monkeypatch):
    """Starts a tcpstored of the wheel, with these flags."""
    monkeypatch.setenv("TCPSTORED", str(scripts / "tcpstored"))
    running = []

    def start(*flags):
        running.append(Tcpstored(tmp_path_factory.mktemp("server"), *flags))
        return running[-1]

    yield start
    for server in running:
        server.stop()


@pytest.fixture
def server(start_server):
    """It does not look into the processes of this host, as it cannot for other hosts."""
    return start_server("--identify", "off")


@pytest.fixture
def start_rank(torch_scripts, torch_environment):
    """Starts a script of trainers/ with these arguments and environment variables."""
    ranks = []

    def run(script, *arguments, **variables):
        ranks.append(Rank([torch_scripts / "python", "-W", "ignore", TRAINERS / script, *arguments],
                          {**torch_environment, **variables}))
        return ranks[-1]

    yield run
    for rank in ranks:
        rank.stop()


@pytest.fixture
def url(server):
    return "tcpstore://%s:%d/job-1" % server.address


HELLO = len(wire.validate() + wire.ping(0))  # what PyTorch sends when it connects


def serve_hello(listener):
    """Closes each connection at the first request after that."""
    with contextlib.suppress(OSError):  # the listener is closed
        while True:
            client, _ = listener.accept()
            with client, contextlib.suppress(ConnectionError):
                hello = client.recv(HELLO, socket.MSG_WAITALL)
                client.sendall(hello[-4:])  # the nonce
                client.recv(1)


@pytest.fixture
def failing_server():
    """PyTorch can connect, but each connection is lost at its first request."""
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=serve_hello, args=[listener], daemon=True).start()
    yield ForeignServer("127.0.0.1:%d" % listener.getsockname()[1])
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
