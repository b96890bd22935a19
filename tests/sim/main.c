/*
 * Simulates clients of the engine from a seed; see docs/TESTING.md.
 *
 * Happy path: runs, prints a line that the seed determines, and the time taken.
 *
 * Ways to fail: a reply, a release or the memory's account differs from the model, or the run
 * crashes. Then main shortens the run, prints its steps, and exits with status 1. After a wrong
 * flag, or if the system refuses memory or a process, it exits with status 2.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sim/allocate.h"
#include "sim/run.h"
#include "sim/shrink.h"

enum { PRINTED_STEPS_MAX = 1000 /* a longer replay is no help */ };

static const char usage[] =
    "usage: simulate [--seed S] [--operations N] [--clients N] [--steps A,B,…]\n"
    "Without --steps: 1000000 operations of 100 clients, from seed 1.\n";

static _Noreturn void refuse(const char *flag, const char *value)
{
    fprintf(stderr, "simulate: --%s %s: not a number in range\n%s", flag, value, usage);
    exit(2);
}

static uint64_t number(const char *flag, const char *value, uint64_t min, uint64_t max)
{
    char *end;
    uint64_t result;

    errno = 0;
    result = strtoull(value, &end, 10);
    if (end == value || *end != '\0' || errno || result < min || result > max)
        refuse(flag, value);
    return result;
}

static void read_steps(char *list, struct run *run)
{
    uint64_t *steps = allocate(strlen(list) / 2 + 1, sizeof(*steps));
    char *rest = list;
    char *word;

    run->step_count = 0;
    while ((word = strsep(&rest, ",")) != NULL)
        steps[run->step_count++] = number("steps", word, 0, UINT64_MAX);
    run->steps = steps;
}

static struct run read_flags(int argc, char **argv)
{
    static const struct option flags[] = {
        {"seed", required_argument, NULL, 's'},
        {"operations", required_argument, NULL, 'o'},
        {"clients", required_argument, NULL, 'c'},
        {"steps", required_argument, NULL, 'r'},
        {0},
    };
    struct run run = {.seed = 1, .clients = 100, .operations = 1000000};
    int flag;

    while ((flag = getopt_long(argc, argv, "", flags, NULL)) != -1) {
        switch (flag) {
        case 's':
            run.seed = number("seed", optarg, 0, UINT64_MAX);
            break;
        case 'o':
            run.operations = number("operations", optarg, 1, UINT64_MAX);
            break;
        case 'c':
            run.clients = (uint32_t)number("clients", optarg, 1, 10000000);
            break;
        case 'r':
            read_steps(optarg, &run);
            break;
        default:
            fputs(usage, stderr);
            exit(2);
        }
    }
    return run;
}

static void print_steps(struct run run)
{
    uint64_t last;

    printf("\nThe same in %zu steps:\n", run.step_count);
    run_apart(&run, RUN_VERBOSE, &last);
    printf(
        "\nTo run it again:\nscripts/sim --seed %" PRIu64 " --clients %" PRIu32 " --steps ",
        run.seed, run.clients);
    for (size_t i = 0; i < run.step_count; i++)
        printf("%s%" PRIu64, i > 0 ? "," : "", run.steps[i]);
    printf("\n");
}

static void print_replay(struct run run, int status, uint64_t last)
{
    uint64_t *steps;

    fprintf(stderr, "simulate: failed in step %" PRIu64 "; looking for a short replay\n", last);
    shrink(&run, status, last, &steps, &run.step_count);
    run.steps = steps;
    if (run.step_count <= PRINTED_STEPS_MAX)
        print_steps(run);
    else
        printf(
            "\nNo short replay was found. To run it again:\nscripts/sim --seed %" PRIu64
            " --clients %" PRIu32 " --operations %" PRIu64 "\n",
            run.seed, run.clients, run.operations);
    free(steps);
}

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    struct run run = read_flags(argc, argv);
    double begin = seconds();
    uint64_t last;
    int status = run_apart(&run, run.steps == NULL ? RUN_SUMMARY : RUN_VERBOSE, &last);

    if (run.steps == NULL)
        fprintf(stderr, "%.1f seconds\n", seconds() - begin);
    if (status != 0 && run.steps == NULL)
        print_replay(run, status, last);
    free((void *)(uintptr_t)run.steps);
    return status != 0;
}
