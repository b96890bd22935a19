"""Records traffic between PyTorch clients and the tcpstored that TCPSTORED names, and writes it as
inputs of the fuzz targets: FOLDER."""

import hashlib
import subprocess
import sys
import tempfile
from pathlib import Path

TESTS = Path(__file__).parent.parent
sys.path.insert(0, str(TESTS))

from seeds import TARGETS  # noqa: E402
from support.recorder import Recorder  # noqa: E402
from support.servers import Tcpstored  # noqa: E402

SESSIONS = ("every_operation", "an_exchange", "a_process_group", "a_work_queue", "barriers",
            "counters_and_leases", "a_slow_writer")


def record(session):
    """The session runs in its own process: some of PyTorch's calls block all other threads."""
    with tempfile.TemporaryDirectory() as directory:
        server = Tcpstored(directory)
        recorder = Recorder(server.address)
        subprocess.run([sys.executable, "-W", "ignore", TESTS / "fuzz" / "sessions.py", session,
                        *map(str, recorder.address)], check=True, timeout=120)
        events = recorder.finish()
        server.stop()
    return events


def write_input(folder, data):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / hashlib.sha1(data).hexdigest()).write_bytes(data)


def main():
    for session in SESSIONS:
        events = record(session)
        for target, seeds_of in TARGETS.items():
            for seed in seeds_of(events):
                write_input(Path(sys.argv[1]) / target, seed)
        print(f"{session}: {len(events)} events", flush=True)


if __name__ == "__main__":
    main()
