"""Scripts with env:// under Slurm and MPI: by tcpstore-run, and by what `import torch` calls."""

import json
import re
import subprocess
from pathlib import Path

import pytest

RANK = Path(__file__).with_name("rank.py")
STATE = """
import json, os, sys, torch
from torch.distributed.rendezvous import _rendezvous_handlers
print(json.dumps({"schemes": list(_rendezvous_handlers), "rank": os.environ.get("RANK"),
                  "modules": [name for name in sys.modules if name.startswith("tcpstore")]}))
"""
SLURM = {"SLURM_PROCID": "1", "SLURM_NTASKS": "2"}


@pytest.fixture
def launcher(tmp_path):
    """A program that starts two ranks, as a launcher of that name does."""

    def write(name, rank, size):
        path = tmp_path / name
        path.write_text(f"#!/bin/sh\n{rank}=0 {size}=2 \"$@\" &\n{rank}=1 {size}=2 \"$@\" && wait $!\n")
        path.chmod(0o755)
        return path

    return write


@pytest.mark.parametrize("name, rank, size", [
    ("srun", "SLURM_PROCID", "SLURM_NTASKS"),
    ("mpirun", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE")])
def test_tcpstore_run_needs_no_change_to_scripts_with_env(torch_scripts, torch_environment, launcher,
                                                          name, rank, size):
    job = subprocess.run(
        [torch_scripts / "tcpstore-run", "--host", "127.0.0.1", launcher(name, rank, size),
         torch_scripts / "python", "-W", "ignore", RANK],
        env=torch_environment, text=True, capture_output=True, timeout=100)
    assert job.returncode == 0, job.stderr
    lines = job.stdout.splitlines()
    assert len(lines) == 2 and len(set(lines)) == 1 and re.match(r"total 3\.0 \d+$", lines[0])


@pytest.fixture
def import_torch(torch_scripts, torch_environment):
    """What it has changed."""

    def run(program=STATE, **variables):
        output = subprocess.run([torch_scripts / "python", "-W", "ignore", "-c", program], text=True,
                                check=True, capture_output=True, timeout=60,
                                env={**torch_environment, **variables}).stdout
        return json.loads(output)

    return run


def test_import_torch_registers_the_scheme_and_nothing_else(import_torch):
    state = import_torch(**SLURM)
    assert "tcpstore" in state["schemes"]
    assert state["rank"] is None
    assert not {"tcpstore.meeting", "tcpstore.torchrun", "tcpstore.run"} & set(state["modules"])


def test_without_autoloading_a_script_imports_the_module(import_torch):
    off = {"TORCH_DEVICE_BACKEND_AUTOLOAD": "0", "TORCHELASTIC_USE_AGENT_STORE": "True", **SLURM}
    state = import_torch(**off)
    assert "tcpstore" not in state["schemes"] and state["modules"] == [] and state["rank"] is None
    assert "tcpstore" in import_torch("import tcpstore.rendezvous" + STATE, **off)["schemes"]


KEYS = """
import json, sys, torch.distributed as dist
store, rank, _ = next(dist.rendezvous({!r}, rank=0, world_size=1))
print(json.dumps(store.check(["tcpstore/rank/0"])))
"""


@pytest.mark.parametrize("url", ["env://", "tcp://{}:{}"])
@pytest.mark.parametrize("variables, is_set", [({"TCPSTORE_RANK_KEYS": "1"}, True), ({}, False)])
def test_ranks_set_their_key_only_where_it_is_asked_for(import_torch, server, url, variables, is_set):
    host, port = server.address
    assert import_torch(KEYS.format(url.format(host, port)), TORCHELASTIC_USE_AGENT_STORE="True", MASTER_ADDR=host,
                        MASTER_PORT=str(port), **variables) == is_set


def test_import_torch_does_not_fail_where_the_environment_is_wrong(import_torch):
    state = import_torch(TORCHELASTIC_USE_AGENT_STORE="True", SLURM_PROCID="first")
    assert "tcpstore" in state["schemes"] and state["rank"] is None


@pytest.fixture
def complaints(torch_scripts, torch_environment):
    """What a program in a job of tcpstore-run writes to stderr."""

    def run(program, **variables):
        job = {"TORCHELASTIC_USE_AGENT_STORE": "True", "TCPSTORE_RANK_KEYS": "1"}
        return subprocess.run([torch_scripts / "python", "-W", "ignore", "-c", program], text=True, check=True,
                              capture_output=True, timeout=60,
                              env={**torch_environment, **job, **variables}).stderr

    return run


def test_what_is_wrong_in_the_environment_is_told(complaints):
    text = complaints("import torch", SLURM_PROCID="first", SLURM_NTASKS="2")
    assert "the environment variable SLURM_PROCID is 'first', expected a number" in text
    assert "set RANK, WORLD_SIZE and LOCAL_RANK yourself" in text


WITHOUT_HANDLERS = """
import os, sys, tcpstore.rendezvous
from tcpstore import autoload
del sys.modules["torch.distributed.rendezvous"]._rendezvous_handlers
autoload.load()
assert os.environ["RANK"] == "1"
"""


def test_a_pytorch_without_the_table_of_handlers_is_told(complaints):
    text = complaints(WITHOUT_HANDLERS, TORCH_DEVICE_BACKEND_AUTOLOAD="0", **SLURM)
    assert "_rendezvous_handlers" in text and "`tcpstore-cli why` cannot name the ranks" in text
    assert "LOCAL_RANK" not in text, "these variables are set"
