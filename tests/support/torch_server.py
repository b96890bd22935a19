"""PyTorch's own TCPStore server, for comparison: prints its port, then serves until its
standard input ends. A process of its own because torch takes seconds to import and some of
its calls hold the interpreter lock.

It is given an IPv4 socket because it looks up every client's name before it serves it: that of
127.0.0.1 stands in /etc/hosts, that of ::ffff:127.0.0.1 is asked of a DNS server, and when
that does not answer the whole store stands still for seconds."""

import socket
import sys

from torch.distributed import TCPStore

listener = socket.create_server(("127.0.0.1", 0))
port = listener.getsockname()[1]
store = TCPStore("127.0.0.1", port, None, True, wait_for_workers=False, use_libuv=True,
                 master_listen_fd=listener.detach())
print(store.port, flush=True)
sys.stdin.read()
