/*
 * The request that costs most for its bytes, for every operation and every kind of value: it
 * must not cost more than its bytes allow, and no call of the engine may be long. No clock is
 * used.
 *
 *     cost            all of them
 *     cost WORD       those with WORD in their name, with their figures
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "operations.h"

/*
 * A block of the rooms takes 2.7 ns on average: that is CPU time of a release build on a Xeon
 * of 2.6 GHz, of all attacks here. Many of their look-ups miss the caches. 4 bytes that the C
 * library moves to fresh memory take as long. A request may take 20 us and 100 ns for each byte
 * that it sends or is answered; at 4 ns these are:
 */
enum {
    BYTES_OF_A_BLOCK = 4,
    REQUEST_BLOCKS = 5000,
    BYTE_BLOCKS = 25,
};

/* Of one call, which all other clients wait for: a turn of HOST_STEPS, or what is done in one
 * go. Blocks and bytes are counted, not time: as many blocks as allowed take 2.7 ms on average.
 */
enum {
    CALL_BLOCKS = 1000 * 1000,
    CALL_BYTES = 3 * SCENE_LARGE + (1 << 20), /* COMPARE_SET compares twice, and copies */
    BYSTANDER_BLOCKS = REQUEST_BLOCKS,
};

enum { TURNS = 200 /* of a read full of requests; then the client leaves */ };

struct verdicts {
    size_t attacks;
    size_t faults;
    const char *word; /* NULL: all */
};

struct attack {
    const struct operation *operation;
    const struct kind *kind;
    struct span request;
    struct scene scene;
    const char *phase;
    struct tally once; /* of the request alone */
};

struct paid {
    uint64_t requests;
    uint64_t bytes; /* sent and answered */
};

static uint64_t cost_of(const struct counters *counted)
{
    return counted->blocks + counted->bytes / BYTES_OF_A_BLOCK;
}

static uint64_t allowed_for(const struct paid *paid)
{
    return paid->requests * REQUEST_BLOCKS + paid->bytes * BYTE_BLOCKS;
}

static bool fault(const struct attack *attack, const char *what, uint64_t is, uint64_t allowed)
{
    if (is <= allowed)
        return false;
    printf(
        "TOO MUCH: %s; %s; %s: %" PRIu64 " %s, allowed %" PRIu64 "\n", attack->operation->name,
        attack->kind->name, attack->phase, is, what, allowed);
    return true;
}

/* Returns the number of faults in the calls, which all others wait for. */
static size_t check_calls(const struct attack *attack)
{
    const struct host *host = &attack->scene.host;
    const struct counters *longest = &host->tally.longest;

    return (size_t)fault(attack, "blocks of a call", longest->blocks, CALL_BLOCKS) +
           (size_t)fault(attack, "bytes moved in a call", longest->bytes, CALL_BYTES) +
           (size_t)fault(
               attack, "blocks of the bystander", host->bystander_longest, BYSTANDER_BLOCKS);
}

/* The same, and in what all calls cost. */
static size_t check(const struct attack *attack, struct paid paid)
{
    const struct tally *tally = &attack->scene.host.tally;

    paid.bytes += tally->answered;
    return check_calls(attack) +
           (size_t)fault(attack, "blocks", cost_of(&tally->total), allowed_for(&paid));
}

/* As often as one read holds it. */
static struct span repeat(struct span request, size_t count)
{
    uint8_t *bytes = malloc(count * request.len);

    if (bytes == NULL)
        host_fail("no memory");
    for (size_t i = 0; i < count; i++)
        memcpy(bytes + i * request.len, request.bytes, request.len);
    return span_of(bytes, count * request.len);
}

static void enter(struct attack *attack, const char *phase, struct session *session)
{
    attack->phase = phase;
    host_enter(&attack->scene.host, session);
    host_reset(&attack->scene.host);
}

static size_t try_once(struct attack *attack)
{
    struct paid paid = {1 + attack->operation->cancels, attack->request.len};
    struct session session;

    if (attack->operation->ends_waits) {
        paid.requests += attack->scene.requests;
        paid.bytes += attack->scene.sent;
    }
    enter(attack, "once", &session);
    host_send_and_leave(&attack->scene.host, &session, attack->request, SIZE_MAX);
    attack->once = attack->scene.host.tally;
    return check(attack, paid);
}

/* The client leaves when the first turn is over, which it may not have paid for. */
static size_t try_leaving(struct attack *attack)
{
    struct session session;

    enter(attack, "leaving", &session);
    host_send_and_leave(&attack->scene.host, &session, attack->request, 1);
    return check_calls(attack);
}

static size_t try_often(struct attack *attack)
{
    size_t count = HOST_READ / attack->request.len;
    struct span bytes = repeat(attack->request, count);
    struct paid paid = {count * (1 + attack->operation->cancels), bytes.len};
    struct session session;

    enter(attack, "often", &session);
    host_send_and_leave(&attack->scene.host, &session, bytes, TURNS);
    free((void *)(uintptr_t)bytes.bytes);
    return check(attack, paid);
}

static size_t try_others_leaving(struct attack *attack)
{
    attack->phase = "the others leave";
    host_reset(&attack->scene.host);
    scene_leave(&attack->scene);
    return check_calls(attack);
}

static void show(const struct attack *attack)
{
    const struct tally *once = &attack->once;

    printf(
        "%-34s %-40s %8zu sent, %9zu answered: %9" PRIu64 " blocks; a call: %7" PRIu64
        " blocks, %8" PRIu64 " bytes; %zu calls\n",
        attack->operation->name, attack->kind->name, attack->request.len, once->answered,
        cost_of(&once->total), once->longest.blocks, once->longest.bytes, once->calls);
}

static void try(
    const struct operation *operation, const struct kind *kind, struct verdicts *verdicts)
{
    struct attack attack = {
        .operation = operation,
        .kind = kind,
        .request = operation_encode(operation, kind),
    };
    size_t faults;

    scene_begin(&attack.scene, kind);
    faults = try_once(&attack);
    if (attack.once.calls > 2)
        faults += try_leaving(&attack);
    if (attack.request.len <= HOST_READ / 2)
        faults += try_often(&attack);
    faults += try_others_leaving(&attack);
    if (verdicts->word != NULL)
        show(&attack);
    scene_end(&attack.scene);
    free((void *)(uintptr_t)attack.request.bytes);
    verdicts->attacks++;
    verdicts->faults += faults > 0;
}

static bool has_operation(enum wire_opcode opcode)
{
    for (size_t i = 0; i < operation_count; i++) {
        if (operations[i].opcode == opcode)
            return true;
    }
    return false;
}

/* The number of opcodes without a row. */
static size_t missing_operations(void)
{
    size_t missing = 0;

    for (int opcode = 0; opcode < WIRE_OPCODE_COUNT; opcode++) {
        if (!has_operation((enum wire_opcode)opcode)) {
            printf("NO ROW: %s; add it to operations.c\n", wire_opcode_name((uint8_t)opcode));
            missing++;
        }
    }
    return missing;
}

static bool is_wanted(
    const struct operation *operation, const struct kind *kind, const char *word)
{
    return word == NULL || strstr(operation->name, word) != NULL ||
           strstr(kind->name, word) != NULL;
}

int main(int argc, char **argv)
{
    struct verdicts verdicts = {.word = argc > 1 ? argv[1] : NULL};
    size_t missing = missing_operations();

    for (size_t i = 0; i < operation_count; i++) {
        for (size_t j = 0; j < kind_count; j++) {
            if (is_wanted(&operations[i], &kinds[j], verdicts.word))
                try(&operations[i], &kinds[j], &verdicts);
        }
    }
    printf("%zu attacks, %zu cost too much\n", verdicts.attacks, verdicts.faults);
    return verdicts.faults + missing > 0;
}
