"""URLs of init_method: what they mean, with the variables of launchers, and how mistakes are told."""

import pytest
from support.ranks import slurm

FORM = "expected tcpstore://HOST:PORT/JOB, such as tcpstore://head:29500/job-1"


@pytest.fixture
def parse(ask, monkeypatch):
    """The host, the port, the job, the rank and the world size, or the error's name and text."""

    def run(url, **variables):
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return ask(f"url.parse({url!r})", "from tcpstore import url")

    return run


@pytest.mark.parametrize("url, expected", [
    ("tcpstore://head:1/job-1", ["head", 1, "job-1", 0, 2]),
    ("tcpstore://head/job-1/", ["head", 29500, "job-1", 0, 2]),
    ("tcpstore://[::1]:1/a/b", ["::1", 1, "a/b", 0, 2]),
    ("tcpstore:///job-1", ["other", 2, "job-1", 0, 2]),
    ("tcpstore:/job-1?rank=0", ["other", 2, "job-1", 0, 2]),  # as PyTorch writes tcpstore:///job-1
    ("tcpstore://head:1/job-1?rank=3&world_size=4", ["head", 1, "job-1", 3, 4]),
    ("tcpstore://head:1/job-1?rank=1", ["head", 1, "job-1", 1, 2]),
])
def test_what_a_url_means(parse, url, expected):
    assert parse(url, MASTER_ADDR="other", MASTER_PORT="2", **slurm(0, 2)) == expected


def test_without_master_port_the_default_is_taken(parse):
    assert parse("tcpstore:///job-1", MASTER_ADDR="other", **slurm(0, 2))[1] == 29500


@pytest.mark.parametrize("url, mistake", [
    ("tcpstore:head:1/job-1", "'//' is missing in 'tcpstore:head:1/job-1'"),
    ("tcpstore:/head:1/job-1", "'//' is missing in 'tcpstore:/head:1/job-1'"),
    ("tcpstore:job-1", "'//' is missing in 'tcpstore:job-1'"),
    ("tcpstore://http://head:1/job-1", "leave out 'http://' in 'tcpstore://http://head:1/job-1'"),
    ("tcpstore://head:x/job-1", "'head:x': the port is 'x', not a number from 1 to 65535"),
    ("tcpstore://head:1", "the job's name is missing in 'tcpstore://head:1'"),
    ("tcpstore:///job-1", "neither 'tcpstore:///job-1' nor MASTER_ADDR names a host"),
    ("tcpstore://head:1/job#1", "the job's name has a '#'"),
])
def test_a_wrong_url_names_the_mistake_and_shows_the_right_form(parse, monkeypatch, url, mistake):
    monkeypatch.delenv("MASTER_ADDR", raising=False)
    kind, text = parse(url, **slurm(0, 2))
    assert kind == "ValueError" and mistake in text and text.endswith(FORM)
    assert text.count("expected") == 1


@pytest.mark.parametrize("arguments, variables, expected", [
    ("", {}, "rank is missing"),
    ("", {"RANK": "0"}, "world_size is missing"),
    ("", {"PMIX_RANK": "0"}, "world_size is missing"),
    ("", {"RANK": "first"}, "RANK is 'first', expected a number"),
    ("?rank=first", slurm(0, 2), "rank='first' in the URL is not a number"),
    ("", slurm(2, 2), "rank 2 is out of range: the world size is 2 (ranks 0 to 1); the rank comes from "
                      "SLURM_PROCID, the world size from SLURM_NTASKS"),
    ("?rank=8", {"RANK": "0", "WORLD_SIZE": "8"}, "the rank comes from init_process_group or the URL, the "
                                                  "world size from WORLD_SIZE"),
    ("?rank=-1", slurm(0, 2), "rank -1 is out of range"),
    ("?rank=0", {"RANK": "3", "WORLD_SIZE": "0"}, "the world size is 0, expected 1 or more; it comes from "
                                                  "WORLD_SIZE"),
])
def test_a_wrong_rank_or_world_size_is_told_with_its_source(parse, arguments, variables, expected):
    kind, text = parse(f"tcpstore://head:1/job-1{arguments}", **variables)
    assert kind == "ValueError" and expected in text


@pytest.mark.parametrize("port", ["x", "0", "65536"])
def test_a_wrong_master_port_is_told(parse, port):
    text = parse("tcpstore:///job-1", MASTER_ADDR="head", MASTER_PORT=port, **slurm(0, 2))[1]
    assert f"MASTER_PORT is '{port}', expected a number from 1 to 65535" in text


@pytest.mark.parametrize("argument", ["worldsize=4", "foo", "timeout="])
def test_an_unknown_argument_is_refused(parse, argument):
    url = f"tcpstore://head:1/job-1?{argument}"
    kind, text = parse(url, **slurm(0, 2))
    name = argument.partition("=")[0]
    assert kind == "ValueError"
    assert text.endswith(f"{url!r} has the argument {name!r}; only rank and world_size are known")
