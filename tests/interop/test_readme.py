"""The README's examples work as printed, except for the store's address and the script's name."""

import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

from jobs import worker

README = (Path(__file__).parents[2] / "README.md").read_text()
PYTHON_FOLDER = Path(sys.executable).parent


def fenced(language, containing):
    """The only code block in that language that contains these words."""
    blocks = re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)
    found = [block for block in blocks if containing in block]
    assert len(found) == 1, f"{len(found)} blocks in {language} contain {containing!r}"
    return found[0]


def shell_of(way):
    """The commands below a heading such as "**4. With torchrun's static rendezvous**"."""
    section = README.split(f"\n**{way}. ")[1].split("\n**")[0].split("\n## ")[0]
    block = re.search(r"\n\n((?:    .*\n)+)", section)[1]
    return textwrap.dedent(block)


def at(server, text):
    """Replaces head:29500 by the address of the server, as a reader would."""
    host, port = server.address
    assert "29500" in text
    return text.replace("head", host).replace("29500", str(port))


def start_shell(job, server, name, commands, **environment):
    commands = at(server, commands).replace("train.py", worker("environment"))
    path = f"{PYTHON_FOLDER}{os.pathsep}{os.environ['PATH']}"
    job.start(name, ["sh", "-ec", commands], PATH=path, **environment)


def assert_all_ranks_reported(job, world_size):
    job.wait()
    results = job.results()
    assert sorted(result["rank"] for result in results) == list(range(world_size))
    assert all(result["total"] == world_size * (world_size + 1) / 2 for result in results)


def test_the_first_example_prints_what_the_readme_says(server):
    example = at(server, fenced("python", "hello"))
    expected = re.search(r"prints `(.*?)`", README.split(fenced("python", "hello"))[1])[1]
    run = subprocess.run([sys.executable, "-W", "ignore", "-c", example], capture_output=True,
                         text=True, timeout=60)
    assert run.stdout.strip() == expected, run.stderr


def test_way_1_runs_with_only_rank_and_world_size(job, fresh_server):
    example = at(fresh_server, fenced("python", "PrefixStore"))
    for rank in range(2):
        job.start(f"rank{rank}", [sys.executable, "-W", "ignore", "-c",
                                  f"rank, world_size = {rank}, 2\n{example}"])
    job.wait()


def test_way_2_runs_a_job(job, fresh_server):
    for rank in range(4):
        start_shell(job, fresh_server, f"rank{rank}",
                    shell_of(2).replace("RANK=0", f"RANK={rank}"))
    assert_all_ranks_reported(job, 4)


def test_way_3_runs_a_job(job, fresh_server):
    commands = shell_of(3).replace(" train.py", " --local-addr=127.0.0.1 train.py")
    for node in range(2):
        start_shell(job, fresh_server, f"node{node}", commands)
    assert_all_ranks_reported(job, 4)


def test_way_4_runs_a_job_with_the_store_on_node_rank_0(job, fresh_server):
    for node in range(2):
        start_shell(job, fresh_server, f"node{node}",
                    shell_of(4).replace("--node-rank=0", f"--node-rank={node}"))
    assert_all_ranks_reported(job, 4)
