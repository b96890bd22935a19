"""PyTorch's own libuv server: prints its port and serves until standard input ends.

It gets an IPv4 socket because it looks up every client's name: 127.0.0.1 is in /etc/hosts, but
::ffff:127.0.0.1 needs a DNS query, during which the store stalls.
"""

import resource
import socket
import sys

from torch.distributed import TCPStore

hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
port = listener.getsockname()[1]
store = TCPStore("127.0.0.1", port, None, True, wait_for_workers=False, use_libuv=True,
                 master_listen_fd=listener.detach())
print(store.port, flush=True)
sys.stdin.read()
