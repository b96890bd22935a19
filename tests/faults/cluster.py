"""A store, and two nodes with a relay each. Every node has a cable to the store, for its trunk, and there
is one between the nodes, for a job's own data."""

import re

from namespaces import Host, connect
from support.client import Client
from support.http import Http
from support.servers import Tcpstored

DATA = "data"  # the interface of a node to the other one
DATA_ADDRESSES = "10.78.1.1", "10.78.1.2"


class Site:
    """A host with a server of clients: the store, or a relay."""

    def __init__(self, host, server):
        self.host = host
        self.server = server

    def join(self, seconds):
        """A client on this host."""
        return self.host.call(Client, self.server.address, seconds)


class Store(Site):
    def __init__(self, folder, credentials, flags):
        host = Host()
        super().__init__(host, Tcpstored(folder, "--trunk", "0.0.0.0:0", *credentials.flags,
                                         *credentials.between_hosts, *flags, before=host.before))
        line = self.server.log.wait_for("event=serving", " trunk=0.0.0.0:")
        self.trunk_port = re.search(r" trunk=0\.0\.0\.0:(\d+)", line)[1]
        self._http = Http(self.server.address)

    def items(self, name):
        """A list that HTTP has."""
        return self.host.call(self._http.items, name)

    def reset_trunks(self):
        return self.host.reset("sport", "=", f":{self.trunk_port}")


NODES = 1, 2


def network(number):
    """Of the cable between a node and the store."""
    return f"10.77.{number}"


def store_address(number):
    """Where that node finds the store."""
    return f"{network(number)}.1"


class Node(Site):
    """`store_end` and `end` are those of the cable to the store."""

    def __init__(self, folder, number, store, credentials):
        host = Host()
        self._store = store
        self._network = network(number)
        self._last_byte = 2  # of the address
        upstream = store_address(number)
        self.store_end, self.end = connect((store.host, f"node{number}", upstream),
                                           (host, "trunk", f"{self._network}.{self._last_byte}"))
        super().__init__(host, Tcpstored(folder, "--upstream", f"{upstream}:{store.trunk_port}",
                                         *credentials.flags, *credentials.between_hosts,
                                         before=host.before))
        self.server.log.wait_for("event=upstream-connected")

    def reset_trunk(self):
        """At this node. Returns how many connections there were."""
        return self.host.reset("dport", "=", f":{self._store.trunk_port}")

    def reset_trunk_at_store(self):
        return self._store.host.reset("dst", f"{self._network}.0/24")

    def renumber(self):
        """Gives it another address. Packets to the old one vanish."""
        self._last_byte += 1
        self.end.set_address(f"{self._network}.{self._last_byte}")


class Cluster:
    def __init__(self, make_folder, credentials, store_flags):
        self.store = Store(make_folder("store"), credentials, store_flags)
        self.nodes = [Node(make_folder(f"node{number}"), number, self.store, credentials) for number in NODES]
        connect(*[(node.host, DATA, address) for node, address in zip(self.nodes, DATA_ADDRESSES)])
        self.sites = [self.store, *self.nodes]

    def stop(self):
        for site in reversed(self.sites):
            if site.server.process.poll() is None:
                site.server.stop()
            site.host.close()
