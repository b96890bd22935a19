#include "tcpstore-bench/replay_plan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tcpstore-bench/fail.h"

enum { READ_SIZE = 1 << 20 };

static void *grow(void *old, size_t size)
{
    void *grown = realloc(old, size);

    if (grown == NULL)
        fail("no memory for a record of %zu bytes", size);
    return grown;
}

static struct span read_file(const char *path)
{
    FILE *file = fopen(path, "re");
    uint8_t *bytes = NULL;
    size_t len = 0;
    size_t size;

    if (file == NULL)
        fail("--replay %s: %s", path, strerror(errno));
    do {
        bytes = grow(bytes, len + READ_SIZE);
        size = fread(bytes + len, 1, READ_SIZE, file);
        len += size;
    } while (size > 0);
    if (ferror(file))
        fail("--replay %s: %s", path, strerror(errno));
    fclose(file);
    return span_of(bytes, len);
}

static void add_step(
    struct replay_plan *plan, size_t *capacity, const struct record_entry *entry)
{
    if (plan->count == *capacity) {
        *capacity = 2 * *capacity + 64;
        plan->steps = grow(plan->steps, *capacity * sizeof(*plan->steps));
    }
    plan->steps[plan->count++] = (struct replay_step){.entry = *entry, .next = REPLAY_NONE};
}

static void read_steps(const char *path, struct span file, struct replay_plan *plan)
{
    struct record_reader reader;
    struct record_entry entry;
    size_t capacity = 0;
    int status = record_reader_init(&reader, file);

    while (status == 0 && (status = record_read(&reader, &entry)) > 0) {
        add_step(plan, &capacity, &entry);
        status = 0;
    }
    if (status < 0)
        fail("--replay %s: %s", path, record_problem_text(status));
}

static int compare(const void *left, const void *right)
{
    uint32_t one = *(const uint32_t *)left;
    uint32_t other = *(const uint32_t *)right;

    return (one > other) - (one < other);
}

/* Each number once, ascending. Returns how many there are. */
static size_t list_numbers(const struct replay_plan *plan, uint32_t *ret_numbers)
{
    size_t kept = 0;

    for (size_t i = 0; i < plan->count; i++)
        ret_numbers[i] = plan->steps[i].entry.client;
    qsort(ret_numbers, plan->count, sizeof(*ret_numbers), compare);
    for (size_t i = 0; i < plan->count; i++) {
        if (kept == 0 || ret_numbers[kept - 1] != ret_numbers[i])
            ret_numbers[kept++] = ret_numbers[i];
    }
    return kept;
}

static void link_steps(struct replay_plan *plan)
{
    uint32_t *numbers = allocate(plan->count, sizeof(*numbers));
    size_t *following;

    plan->client_count = list_numbers(plan, numbers);
    following = allocate(plan->client_count, sizeof(*following));
    for (size_t i = 0; i < plan->client_count; i++)
        following[i] = REPLAY_NONE;
    for (size_t i = plan->count; i-- > 0;) {
        struct replay_step *step = &plan->steps[i];
        const uint32_t *found = bsearch(
            &step->entry.client, numbers, plan->client_count, sizeof(*numbers), compare);

        step->client = (size_t)(found - numbers);
        step->next = following[step->client];
        following[step->client] = i;
    }
    free(following);
    free(numbers);
}

void replay_plan_load(const char *path, struct replay_plan *ret_plan)
{
    struct span file = read_file(path);

    *ret_plan = (struct replay_plan){.file = (uint8_t *)file.bytes};
    read_steps(path, file, ret_plan);
    if (ret_plan->count > 0)
        link_steps(ret_plan);
}

void replay_plan_done(struct replay_plan *plan)
{
    free(plan->steps);
    free(plan->file);
}
