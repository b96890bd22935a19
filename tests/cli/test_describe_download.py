"""What `make test` prints before pip downloads PyTorch."""

import json
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "describe-download"


class Index(BaseHTTPRequestHandler):
    """A file /N has N bytes; other files have no Content-Length."""

    def do_HEAD(self):
        self.send_response(200)
        if self.path[1:].isdigit():
            self.send_header("Content-Length", self.path[1:])
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def index():
    with HTTPServer(("127.0.0.1", 0), Index) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def describe(tmp_path, *packages):
    """PACKAGES: names, versions and addresses."""
    plan = tmp_path / "plan.json"
    plan.write_text(json.dumps({"install": [
        {"metadata": {"name": name, "version": version}, "download_info": {"url": url}}
        for name, version, url in packages]}))
    return subprocess.run([sys.executable, "-B", SCRIPT, plan], check=True, capture_output=True,
                          text=True, timeout=60).stdout


def test_a_build_for_cuda_prints_size_source_and_how_to_avoid_it(tmp_path, index):
    printed = describe(tmp_path, ("torch", "2.13.0", f"{index}/500000000"),
                    ("nvidia-cublas", "13.1", f"{index}/2200000000"),
                    ("sympy", "1.14", "file:///wheels/sympy.whl"))
    assert printed.startswith("pip downloads 2.7 GB from 127.0.0.1, packages: 2\n")
    assert "CUDA" in printed
    assert "TORCH_VERSION=2.13.0+cpu" in printed
    assert "TORCH_VERSION=none" in printed


def test_a_build_for_the_cpu_prints_size_and_source_only(tmp_path, index):
    printed = describe(tmp_path, ("torch", "2.13.0+cpu", f"{index}/191794682"))
    assert printed == "pip downloads 192 MB from 127.0.0.1, packages: 1\n"


def test_an_unknown_size_is_printed_as_unknown(tmp_path, index):
    printed = describe(tmp_path, ("torch", "2.13.0+cpu", f"{index}/torch.whl"),
                    ("sympy", "1.14", "http://127.0.0.1:1/refused"))
    assert printed == "pip downloads an unknown amount from 127.0.0.1, packages: 2\n"
