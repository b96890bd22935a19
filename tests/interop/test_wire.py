"""The bytes that PyTorch's client sends are those of the layouts in docs/PROTOCOL.md."""

import pytest

from jobs import PYTHON, worker
from support import wire
from support.recorder import TO_SERVER, Recorder, sent


@pytest.fixture
def recorder(server):
    return Recorder(server.address)


def test_pytorch_sends_every_operation_as_the_protocol_says(job, recorder):
    job.start("client", [*PYTHON, worker("every_operation"), *recorder.address])
    job.wait()
    recorded = sent(recorder.finish(), connection=0, direction=TO_SERVER)
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
