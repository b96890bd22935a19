"""tcpstored and PyTorch's own server give the same replies to the same random traces."""

import pytest

from shorten import shorten
from support.servers import Tcpstored, TorchServer
from traces import make_steps, play

OPERATIONS = 100_000  # per trace


@pytest.fixture(scope="module")
def servers(tmp_path_factory):
    ours, theirs = Tcpstored(tmp_path_factory.mktemp("ours")), TorchServer()
    yield ours.address, theirs.address
    theirs.stop()
    ours.stop()


def pytest_generate_tests(metafunc):
    if "seed" in metafunc.fixturenames:
        first = metafunc.config.getoption("seed")
        count = -(-metafunc.config.getoption("operations") // OPERATIONS)
        metafunc.parametrize("seed", range(first, first + count))


def test_both_servers_answer_a_random_trace_alike(servers, seed):
    disagreement, steps, played = play(*servers, make_steps(seed), OPERATIONS)
    if disagreement is None:
        assert played >= OPERATIONS
        return
    kept = shorten(steps, lambda some: play(*servers, some)[0] is not None)
    again, _, _ = play(*servers, kept)
    replay = "\n".join(map(str, kept))
    pytest.fail(f"seed {seed}, after {played} operations: {disagreement}\n\n"
                f"{len(kept)} of its steps are enough for a difference:\n{replay}\n{again}",
                pytrace=False)
