"""A proxy to a server that records the bytes of every connection in both directions."""

import socket
import threading
from dataclasses import dataclass

TO_SERVER, TO_CLIENT, END = "to the server", "to the client", "end"


@dataclass
class Event:
    connection: int
    what: str
    data: bytes = b""


class Recorder:
    """Forwards connections to a server. Bytes are recorded before they are forwarded, so that the
    server can have seen the events in their recorded order."""

    def __init__(self, server_address):
        self.events = []
        self._server_address = server_address
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = self._listener.getsockname()
        self._lock = threading.Lock()
        self._threads = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        connection = 0
        while True:
            client, _ = self._listener.accept()
            server = socket.create_connection(self._server_address)
            for arguments in ((connection, TO_SERVER, client, server),
                              (connection, TO_CLIENT, server, client)):
                thread = threading.Thread(target=self._forward, args=arguments, daemon=True)
                self._threads.append(thread)
                thread.start()
            connection += 1

    def _forward(self, connection, direction, source, destination):
        while piece := source.recv(1 << 16):
            self._record(Event(connection, direction, piece))
            destination.sendall(piece)
        if direction == TO_SERVER:
            self._record(Event(connection, END))
        destination.shutdown(socket.SHUT_WR)

    def _record(self, event):
        with self._lock:
            self.events.append(event)

    def finish(self):
        """Waits until all clients have disconnected, and returns the events."""
        for thread in self._threads:
            thread.join(30)
            assert not thread.is_alive(), "a client is still connected"
        return self.events


def sent(events, connection, direction):
    """All bytes of a connection in one direction."""
    return b"".join(event.data for event in events
                    if event.connection == connection and event.what == direction)
