"""A TCP proxy in front of a server, which cuts its connections when a test asks for it, or changes what
passes. `see` is called with all that passes."""

import contextlib
import socket
import threading


class Proxy:
    def __init__(self, target, see=lambda part: None):
        self._target = target
        self._see = see
        self._must_change = False
        self._sockets = []
        self._lock = threading.Lock()
        self._is_open = True
        self._flows = threading.Event()
        self._flows.set()
        self.passed = 0  # bytes, in both directions
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = self._listener.getsockname()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):  # the listener is closed
            while True:
                self._serve(self._listener.accept()[0])

    def _serve(self, client):
        try:
            server = socket.create_connection(self._target)
        except OSError:
            client.close()
            return
        with self._lock:
            if not self._is_open:
                client.close()
                server.close()
                return
            self._sockets += [client, server]
        for each in client, server:
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for source, sink in (client, server), (server, client):
            threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _pump(self, source, sink):
        with contextlib.suppress(OSError):
            while part := source.recv(65536):
                self._flows.wait()
                self._see(part)
                if self._must_change:
                    self._must_change = False
                    part = part[:-1] + bytes([part[-1] ^ 1])
                sink.sendall(part)
                self.passed += len(part)
        for each in source, sink:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def change_next_byte(self):
        """In what passes next, in either direction."""
        self._must_change = True

    def cut(self):
        """Breaks the connections. Others may come."""
        with self._lock:
            broken, self._sockets = self._sockets, []
        for each in broken:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def cut_often(self, size, over):
        """Breaks the connections whenever so many bytes have passed, until the event `over`."""
        cut_at = 0
        while not over.wait(0.001):
            if self.passed > cut_at:
                self.cut()
                cut_at = self.passed + size

    def stall(self):
        """Nothing passes any more, as in a network that drops packets silently."""
        self._flows.clear()

    def close(self):
        """Breaks the connections, and lets none come until `open`."""
        self._is_open = False
        self.cut()
        self._flows.set()

    def open(self):
        self._is_open = True

    def stop(self):
        self.close()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
