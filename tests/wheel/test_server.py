"""How the Python package waits for a server that cannot be reached."""

import subprocess

WAIT = """
from datetime import timedelta

from tcpstore import server
from tcpstore.errors import Unreachable

server.SILENT_SECONDS = 0.1
try:
    server.Server("127.0.0.1", 1).connect_first(timedelta(seconds=2))
except Unreachable as error:
    print(error)
"""
REASON = "cannot connect to 127.0.0.1:1: Connection refused; is tcpstored running there, and does it listen " \
         "on that address?"


def test_a_server_that_cannot_be_reached_is_told_now_and_then(torch_scripts):
    done = subprocess.run([torch_scripts / "python", "-W", "ignore", "-c", WAIT], capture_output=True,
                          text=True, timeout=60)
    assert done.stdout == f"{REASON} Tried for 2 s.\n"
    reports = done.stderr.splitlines()
    assert len(reports) > 1 and reports[0] == f"tcpstore: {REASON} Trying for 2 s."
