"""Which rank a process is, by the variables of its launcher."""

import json
import socket
import subprocess

import pytest

TORCHRUN = {"RANK": "1", "WORLD_SIZE": "8", "LOCAL_RANK": "1"}
SLURM = {"SLURM_PROCID": "2", "SLURM_NTASKS": "16", "SLURM_LOCALID": "0"}
OPEN_MPI = {"OMPI_COMM_WORLD_RANK": "3", "OMPI_COMM_WORLD_SIZE": "4",
            "OMPI_COMM_WORLD_LOCAL_RANK": "3"}
MPICH = {"PMI_RANK": "5", "PMI_SIZE": "6", "MPI_LOCALRANKID": "1"}


@pytest.fixture
def evaluate(scripts):
    def run(expression, variables):
        program = f"import json; from tcpstore import ranks; print(json.dumps({expression}))"
        output = subprocess.run([scripts / "python", "-c", program], check=True, text=True,
                                capture_output=True, timeout=60, env=variables).stdout
        return json.loads(output)

    return run


@pytest.mark.parametrize("variables, rank, world_size, local_rank", [
    (TORCHRUN, 1, 8, 1),
    (SLURM, 2, 16, 0),
    (OPEN_MPI, 3, 4, 3),
    (MPICH, 5, 6, 1),
    ({"PMIX_RANK": "7"}, 7, None, None),
    ({**SLURM, **TORCHRUN}, 1, 8, 1),
    ({**SLURM, **OPEN_MPI}, 3, 4, 3),  # mpirun in a batch job of Slurm
    ({**SLURM, **MPICH}, 5, 6, 1),
    ({**SLURM, "PMIX_RANK": "2"}, 2, 16, 0),  # srun --mpi=pmix
    ({**SLURM, "RANK": ""}, 2, 16, 0),
])
def test_the_launcher_that_is_closest_to_the_process_tells_its_rank(evaluate, variables, rank,
                                                                   world_size, local_rank):
    found = evaluate("vars(ranks.place())", variables)
    assert (found["rank"], found["world_size"], found["local_rank"]) == (rank, world_size, local_rank)
    assert variables[found["rank_variable"]] == str(rank)
    assert world_size is None or variables[found["world_size_variable"]] == str(world_size)


def test_without_a_launcher_there_is_no_rank(evaluate):
    assert evaluate("ranks.place()", {}) is None


@pytest.mark.parametrize("variables, expected", [
    (SLURM, {"RANK": "2", "WORLD_SIZE": "16", "LOCAL_RANK": "0"}),
    ({**SLURM, "LOCAL_RANK": "5"}, {"RANK": "2", "WORLD_SIZE": "16"}),
    (TORCHRUN, {}),
    ({"PMIX_RANK": "7"}, {}),
    ({}, {}),
])
def test_variables_that_scripts_expect_are_added_but_not_changed(evaluate, variables, expected):
    assert evaluate("ranks.missing_variables(ranks.os.environ)", variables) == expected


def test_the_value_of_a_ranks_key_names_its_process(evaluate):
    value = json.loads(evaluate("ranks.value(16)", SLURM))
    pid = value.pop("pid")
    assert pid > 0 and value == {"host": socket.gethostname(), "local_rank": 0, "world_size": 16}
