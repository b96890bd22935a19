#include "sim/run.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/simulation.h"

static void fail(const char *what)
{
    perror(what);
    exit(2);
}

static void sum_up(const struct run *run, const struct simulation *simulation)
{
    const struct tally *tally = &simulation->tally;

    printf(
        "seed=%" PRIu64 " clients=%" PRIu32 " operations=%" PRIu64 " released=%" PRIu64
        " self-released=%" PRIu64 " cancelled=%" PRIu64 " cut=%" PRIu64 " lost=%" PRIu64
        " wrong=%" PRIu64 " pending=%" PRIu64 " withdrawn=%" PRIu64 " turns=%" PRIu64
        " in-line=%" PRIu64 " crowded=%" PRIu64 " late=%" PRIu64 " slices=%" PRIu64
        " listings=%" PRIu64 " restored=%" PRIu64
        " refused-allocations=%zu checksum=%016" PRIx64 "\n",
        run->seed, run->clients, tally->operations, tally->released, tally->self_released,
        tally->cancelled, tally->cut, tally->lost, tally->wrong, tally->pending,
        tally->withdrawn, tally->turns, tally->in_line, tally->crowded, tally->late,
        tally->slices, tally->listings, tally->restored, simulation->allocator.refused,
        simulation->checksum);
}

static void take_steps(
    const struct run *run, struct simulation *simulation, volatile uint64_t *step)
{
    if (run->steps == NULL) {
        for (*step = 0; simulation->tally.operations < run->operations; (*step)++)
            simulation_step(simulation, *step);
        return;
    }
    for (size_t i = 0; i < run->step_count; i++) {
        *step = run->steps[i];
        simulation_step(simulation, *step);
    }
}

static void run_here(const struct run *run, enum run_output output, volatile uint64_t *step)
{
    struct simulation simulation;

    if (output == RUN_SILENT && (freopen("/dev/null", "w", stdout) == NULL ||
                                 freopen("/dev/null", "w", stderr) == NULL))
        fail("/dev/null");
    simulation_init(&simulation, run->seed, run->clients, output == RUN_VERBOSE);
    take_steps(run, &simulation, step);
    simulation_done(&simulation);
    sum_up(run, &simulation);
}

int run_apart(const struct run *run, enum run_output output, uint64_t *ret_step)
{
    uint64_t *step =
        mmap(NULL, sizeof(*step), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t child;
    int status;

    if (step == MAP_FAILED)
        fail("mmap");
    fflush(stdout);
    child = fork();
    if (child < 0)
        fail("fork");
    if (child == 0) {
        run_here(run, output, step);
        exit(0);
    }
    if (waitpid(child, &status, 0) != child)
        fail("waitpid");
    *ret_step = *step;
    munmap(step, sizeof(*step));
    return status;
}
