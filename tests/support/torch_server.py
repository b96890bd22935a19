"""PyTorch's own TCPStore server, for comparison: prints its port, then serves until its standard
input is closed. It is a separate process because torch takes seconds to import and some of its
calls hold the interpreter lock.

It gets an IPv4 socket because it looks up the host name of every client before it serves it:
127.0.0.1 is in /etc/hosts, but ::ffff:127.0.0.1 needs a DNS server, and if none answers the whole
store blocks for seconds."""

import socket
import sys

del sys.path[0]  # this folder, whose http.py would hide Python's own

from torch.distributed import TCPStore

listener = socket.create_server(("127.0.0.1", 0))
port = listener.getsockname()[1]
store = TCPStore("127.0.0.1", port, None, True, wait_for_workers=False, use_libuv=True,
                 master_listen_fd=listener.detach())
print(store.port, flush=True)
sys.stdin.read()
