"""The job scripts of the documents, run in several shells."""

import os
import re
import select
import signal
import subprocess
import textwrap
from pathlib import Path

import pytest

from support.servers import tcpstored_program

DOCUMENTS = Path(__file__).parents[2] / "docs"
SECONDS = 60

# A fake cluster of two ranks: each joins a barrier and prints its number.
COMMANDS = {
    "hostname": "echo 127.0.0.1",
    "srun": """\
for rank in 0 1; do
    SLURM_PROCID=$rank SLURM_NTASKS=2 SLURM_LOCALID=$rank "$@" &
done
wait""",
    "python": """\
cli="tcpstore-cli -h $MASTER_ADDR -p $MASTER_PORT"
test "$TORCHELASTIC_USE_AGENT_STORE" = True || exit 1
$cli barrier ranks "$WORLD_SIZE" && echo "rank $RANK of $WORLD_SIZE" """,
}


def script_of_the_slurm_recipe():
    return (DOCUMENTS / "deploy" / "slurm" / "srun-tcpstored.sbatch").read_text()


def script_of_the_manual():
    text = (DOCUMENTS / "man" / "tcpstored.1.scd").read_text()
    return re.search(r"```\n(directory=.*?)```", text, re.DOTALL)[1]


@pytest.fixture
def start(tmp_path):
    """Starts scripts in one directory; their temporary files must be gone at the end."""
    commands = tmp_path / "commands"
    commands.mkdir()
    for name, text in COMMANDS.items():
        (commands / name).write_text(f"#!/bin/sh\n{text}\n")
        (commands / name).chmod(0o755)
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    path = os.pathsep.join([str(commands), str(tcpstored_program().parent), os.environ["PATH"]])
    started = []

    def start(shell, script, *arguments):
        started.append(subprocess.Popen(
            [shell, "-c", script, "script", *arguments], cwd=tmp_path, text=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
            env={**os.environ, "PATH": path, "TMPDIR": str(temporary)}))
        return started[-1]

    yield start
    for process in started:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.communicate()
    assert list(temporary.iterdir()) == [], "a script left its directory behind"


@pytest.mark.parametrize("shell", ["dash", "bash"])
def test_two_slurm_jobs_in_one_directory_use_separate_stores(start, shell):
    jobs = [start(shell, script_of_the_slurm_recipe(), "python", "train.py") for _ in range(2)]
    for job in jobs:
        output, log = job.communicate(timeout=SECONDS)
        assert job.returncode == 0, log
        ranks = [line for line in output.splitlines() if line.startswith("rank")]
        assert sorted(ranks) == ["rank 0 of 2", "rank 1 of 2"]


@pytest.mark.parametrize("shell", ["dash", "bash"])
def test_a_killed_job_script_stops_its_store(start, shell):
    job = start(shell, script_of_the_manual() + textwrap.dedent("""\
        tcpstore-cli -p "$MASTER_PORT" ping >/dev/null && echo "up $store"
        while :; do sleep 0.1; done
        """))
    lines = iter(job.stdout.readline, "")
    store = next(line.split()[1] for line in lines if line.startswith("up"))
    store = os.pidfd_open(int(store))
    job.terminate()
    job.communicate(timeout=SECONDS)
    assert job.returncode == 1
    stopped, _, _ = select.select([store], [], [], SECONDS)
    os.close(store)
    assert stopped, "the store outlives its script"
