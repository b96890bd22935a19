"""A client that is a process of this host of its own, with variables in its environment."""

import os
import subprocess
import sys

from support import wire

PROGRAM = """
import socket, sys
store = socket.create_connection((sys.argv[1], int(sys.argv[2])), source_address=(sys.argv[3], int(sys.argv[4])))
store.sendall(bytes.fromhex(sys.argv[5]))
print(store.getsockname()[1], flush=True)
sys.stdin.read()
"""


class LocalClient:
    def __init__(self, address, source="127.0.0.1", port=0, **environment):
        kept = {name: value for name, value in os.environ.items() if name not in ("RANK", "SLURM_PROCID")}
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, *map(str, address), source, str(port),
             wire.validate().hex()],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=kept | environment)
        self.pid = self.process.pid
        self.port = int(self.process.stdout.readline())

    def stop(self):
        self.process.stdin.close()
        self.process.wait(20)
        self.process.stdout.close()
