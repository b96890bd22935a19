"""PyTorch's own libuv server: prints its port, then serves until its standard input ends.

It is given an IPv4 socket because it looks up every client's name: that of 127.0.0.1 stands
in /etc/hosts, that of ::ffff:127.0.0.1 is asked of a DNS server, with the store at a
standstill until that answers.
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
