"""Records healthy jobs: SECONDS FOLDER [KIND…].

Each job runs for that time, with a server of its own, and what its clients send is written to
FOLDER/KIND.trace, a line for each event: the milliseconds since the start, the number of the
connection, and "open", "close" or "send" with the bytes in hexadecimal. The environment variable
TCPSTORED names the server. "rpc" and "checkpoint" need numpy.
"""

import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent)]

from support.servers import Tcpstored  # noqa: E402

PYTHON = [sys.executable, "-W", "ignore"]
TORCHRUN = [*PYTHON, "-m", "torch.distributed.run"]
JOB = str(HERE / "healthy_job.py")
STAGGER_SECONDS = 8


class Trace:
    """Forwards connections to a server, and writes down what is sent before it forwards it."""

    def __init__(self, server, path):
        self._server = server
        self._file = open(path, "w")
        self._start = time.monotonic()
        self._connections = 0

    async def listen(self):
        listener = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        return listener.sockets[0].getsockname()

    def _note(self, connection, *words):
        milliseconds = int((time.monotonic() - self._start) * 1000)
        print(milliseconds, connection, *words, file=self._file)

    async def _accept(self, from_client, to_client):
        connection, self._connections = self._connections, self._connections + 1
        self._note(connection, "open")
        from_server, to_server = await asyncio.open_connection(*self._server.address)
        replies = asyncio.ensure_future(self._forward(from_server, to_client))
        try:
            while piece := await from_client.read(1 << 16):
                self._note(connection, "send", piece.hex())
                to_server.write(piece)
                await to_server.drain()
        except ConnectionError:
            pass
        self._note(connection, "close")
        to_server.close()
        await replies
        to_client.close()

    @staticmethod
    async def _forward(source, destination):
        try:
            while piece := await source.read(1 << 16):
                destination.write(piece)
                await destination.drain()
        except ConnectionError:
            pass

    def close(self):
        self._file.close()


async def run(command, directory, **environment):
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo",
                   **{name: str(value) for name, value in environment.items()}}
    with open(directory / "output", "a") as output:
        process = await asyncio.create_subprocess_exec(
            *map(str, command), env=environment, cwd=directory, stdout=output, stderr=output)
        return await process.wait()


def ranks(kind, size, seconds):
    async def job(address, directory):
        host, port = address
        return await asyncio.gather(*(
            run([*PYTHON, JOB, kind, seconds], directory, RANK=rank, WORLD_SIZE=size,
                MASTER_ADDR=host, MASTER_PORT=port, TORCHELASTIC_USE_AGENT_STORE=True)
            for rank in range(size)))
    return job


def agents(kind, delay, seconds):
    """Two agents with two workers each; the second one starts later."""
    async def agent(number, address, directory):
        await asyncio.sleep(number * delay)
        host, port = address
        return await run([
            *TORCHRUN, "--rdzv-backend=c10d", f"--rdzv-endpoint={host}:{port}", "--rdzv-id=job-1",
            "--rdzv-conf=is_host=0", "--local-addr=127.0.0.1", "--nnodes=2",
            "--nproc-per-node=2", JOB, kind, seconds - number * delay], directory)

    async def job(address, directory):
        return await asyncio.gather(*(agent(number, address, directory) for number in range(2)))
    return job


def short_jobs(seconds):
    """One after the other, on one store."""
    async def job(address, directory):
        statuses = []
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            host, port = address
            name = f"job-{len(statuses)}"
            statuses.append(await run(
                [*TORCHRUN, "--rdzv-backend=c10d", f"--rdzv-endpoint={host}:{port}",
                 f"--rdzv-id={name}", "--rdzv-conf=is_host=0", "--local-addr=127.0.0.1",
                 "--nnodes=1", "--nproc-per-node=2", JOB, "train", 5], directory))
        return statuses
    return job


def missing(seconds):
    """Not healthy: rank 1 of 3 is never started. Ends when the others give up."""
    async def job(address, directory):
        host, port = address
        await asyncio.gather(*(
            run(["timeout", seconds, *PYTHON, JOB, "idle", seconds], directory, RANK=rank,
                WORLD_SIZE=3, MASTER_ADDR=host, MASTER_PORT=port,
                TORCHELASTIC_USE_AGENT_STORE=True)
            for rank in (0, 2)))
        return [0]
    return job


def jobs(seconds, kinds):
    if kinds == ["a-rank-is-missing"]:
        return {"a-rank-is-missing": missing(seconds)}
    return {
        **{kind: ranks(kind, size, seconds) for kind, size in (
            ("train", 4), ("save", 4), ("subgroups", 4), ("monitored", 2), ("operation", 3),
            ("rpc", 3), ("collectives", 3),
            ("checkpoint", 2), ("watch", 2), ("idle", 3), ("poll", 1))},
        "torchrun": agents("train", 0, seconds),
        "torchrun-late": agents("idle", 20, seconds),
        "torchrun-short": short_jobs(seconds),
    }


async def record(kind, job, folder, delay):
    await asyncio.sleep(delay)
    with tempfile.TemporaryDirectory() as directory:
        server = Tcpstored(directory)
        trace = Trace(server, folder / f"{kind}.trace")
        statuses = await job(await trace.listen(), Path(directory))
        print(kind, statuses, flush=True)
        if any(statuses):
            print((Path(directory) / "output").read_text(), flush=True)
        server.stop()
        trace.close()


async def main():
    seconds, folder, *kinds = sys.argv[1:]
    chosen = {kind: job for kind, job in jobs(float(seconds), kinds).items()
              if not kinds or kind in kinds}
    await asyncio.gather(*(record(kind, job, Path(folder), number * STAGGER_SECONDS)
                           for number, (kind, job) in enumerate(chosen.items())))


asyncio.run(main())
