"""What PyTorch's client sends, byte for byte: the layouts of docs/PROTOCOL.md are its own."""

import socket
import threading

import pytest

from jobs import PYTHON, worker
from support import wire


class Recorder:
    """Passes one connection on to a server and keeps what the client has sent."""

    def __init__(self, server_address):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = self._listener.getsockname()
        self._server_address = server_address
        self._recorded = bytearray()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        client, _ = self._listener.accept()
        server = socket.create_connection(self._server_address)
        back = threading.Thread(target=self._pass_on, args=(server, client), daemon=True)
        back.start()
        self._pass_on(client, server, self._recorded)
        back.join()
        for connection in (client, server, self._listener):
            connection.close()

    @staticmethod
    def _pass_on(source, destination, record=None):
        while piece := source.recv(1 << 16):
            if record is not None:
                record += piece
            destination.sendall(piece)
        destination.shutdown(socket.SHUT_WR)

    def recorded(self):
        """Everything, once the client has gone."""
        self._thread.join(30)
        assert not self._thread.is_alive(), "the client is still connected"
        return bytes(self._recorded)


@pytest.fixture
def recorder(server):
    return Recorder(server.address)


def test_every_operation_as_pytorch_sends_it(job, recorder):
    job.start("client", [*PYTHON, worker("speak"), *recorder.address])
    job.wait()
    recorded = recorder.recorded()
    nonce = int.from_bytes(recorded[6:10], "little")
    assert recorded == b"".join([
        wire.validate(), wire.ping(nonce),
        wire.add("init/", 1),
        wire.set_value("/key", "one"),
        wire.compare_set("/key", "one", "two"),
        wire.wait(["/key"]), wire.get("/key"),
        wire.add("/number", -3),
        wire.check(["/key", "/number"]),
        wire.wait(["/key", "/number"]),
        wire.get_num_keys(),
        wire.delete_key("/number"),
        wire.append("/key", "+"),
        wire.multi_set([("/first", "1"), ("/second", "2")]),
        wire.wait(["/first", "/second"]), wire.multi_get(["/first", "/second"]),
        wire.queue_push("/queue", "entry"),
        wire.queue_len("/queue"),
        wire.wait(["/queue"]), wire.queue_pop("/queue"),
        wire.list_keys(),
        wire.barrier("/barrier", 1),
        wire.wait(["/missing"]), wire.cancel_wait(),
    ])
