"""The page about a real job that hangs."""

import importlib.util
import subprocess
import sys

import pytest

from browser import states

JOIN = """
import sys
from datetime import timedelta
from torch import distributed
store = distributed.TCPStore("127.0.0.1", int(sys.argv[1]), is_master=False,
                             wait_for_workers=False, timeout=timedelta(seconds=60))
distributed.init_process_group("gloo", store=store, rank=int(sys.argv[2]), world_size=8,
                               timeout=timedelta(seconds=60))
"""


@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="PyTorch is not installed")
def test_a_rank_that_never_starts_is_named(browser, tcpstored):
    server, _ = tcpstored("--slow-wait", "2")
    port = str(server.address[1])
    browser.open(f"http://127.0.0.1:{port}/")
    browser.wait_for_verdict("Idle")
    ranks = [subprocess.Popen([sys.executable, "-c", JOIN, port, str(rank)],
                              stderr=subprocess.DEVNULL) for rank in range(7)]
    browser.until(lambda: browser.text("#verdict-line").startswith(
        "Hangs: 7 clients wait for rank 7, for "), timeout=100)
    assert "rank 7 has not set" in browser.text("#causes")
    browser.until(lambda: states(browser) == {"waiting": 1})
    for rank in ranks:
        rank.kill()
        rank.wait()
    browser.wait_for_verdict("Idle")
