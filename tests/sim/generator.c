#include "sim/generator.h"

enum {
    DAMAGED_ONE_IN = 512, /* requests */
    LISTS = 8,            /* of each kind that several clients ask for */
};

/* The shares add up to a thousand. */
static const struct {
    enum wire_opcode opcode;
    enum kind kind;
    uint32_t share;
} mix[] = {
    {WIRE_SET, KIND_TEXT, 60},           {WIRE_SET, KIND_COUNTER, 15},
    {WIRE_SET, KIND_BARRIER, 5},         {WIRE_COMPARE_SET, KIND_TEXT, 50},
    {WIRE_GET, KIND_TEXT, 30},           {WIRE_GET, KIND_COUNTER, 25},
    {WIRE_GET, KIND_BARRIER, 15},        {WIRE_ADD, KIND_COUNTER, 50},
    {WIRE_CHECK, KIND_TEXT, 35},         {WIRE_WAIT, KIND_TEXT, 75},
    {WIRE_WAIT, KIND_COUNTER, 20},       {WIRE_WAIT, KIND_QUEUE, 70},
    {WIRE_GETNUMKEYS, KIND_TEXT, 10},    {WIRE_DELETE_KEY, KIND_TEXT, 120},
    {WIRE_DELETE_KEY, KIND_QUEUE, 5},    {WIRE_DELETE_KEY, KIND_BARRIER, 40},
    {WIRE_DELETE_KEY, KIND_COUNTER, 15}, {WIRE_APPEND, KIND_TEXT, 40},
    {WIRE_MULTI_GET, KIND_TEXT, 40},     {WIRE_MULTI_SET, KIND_TEXT, 55},
    {WIRE_PING, KIND_TEXT, 10},          {WIRE_QUEUE_PUSH, KIND_QUEUE, 60},
    {WIRE_QUEUE_POP, KIND_QUEUE, 70},    {WIRE_QUEUE_LEN, KIND_QUEUE, 9},
    {WIRE_BARRIER, KIND_BARRIER, 60},    {WIRE_VALIDATE, KIND_TEXT, 1},
    {WIRE_MULTI_GET, KIND_BARRIER, 10},  {WIRE_MULTI_SET, KIND_BARRIER, 5},
};

static int64_t delta(struct random *random)
{
    static const int64_t ends[] = {INT64_MAX, INT64_MIN, INT64_MAX - 1, INT64_MIN + 1};

    if (random_one_in(random, 64))
        return ends[random_below(random, 4)];
    return (int64_t)random_below(random, 9) - 2;
}

static int64_t world_size(struct random *random)
{
    if (random_one_in(random, 32))
        return delta(random);
    return 1 + (int64_t)random_below(random, 8);
}

static struct span value(
    const struct generator *generator, uint32_t name, struct random *random)
{
    enum kind kind = name % KIND_COUNT;

    if (kind == KIND_COUNTER || kind == KIND_BARRIER)
        return dataset_decimal(random);
    return dataset_value(generator->dataset, random);
}

/* Sometimes a name that a random client waits for. */
static uint32_t choose_name(
    const struct generator *generator, enum kind kind, struct random *random)
{
    const struct model *model = generator->model;
    const struct model_client *client =
        &model->clients[random_below(random, model->client_count)];

    if (client->missing > 0 && client->count > 0 && random_one_in(random, 2)) {
        uint32_t name = client->names[random_below(random, client->count)];

        if (name % KIND_COUNT == kind)
            return name;
    }
    return dataset_name(generator->dataset, kind, random);
}

/* One of a few lists, as clients of a job ask for the same ones. */
static void fill_alike(
    const struct generator *generator, enum kind kind, struct random *random,
    struct command *command)
{
    struct random list = random_of(kind, random_below(random, LISTS));

    command->count = 2 + random_below(&list, COMMAND_NAMES - 1);
    for (uint32_t i = 0; i < command->count; i++)
        command->names[i] = dataset_name(generator->dataset, kind, &list);
}

static void fill_many(
    const struct generator *generator, enum kind kind, struct random *random,
    struct command *command)
{
    if (command->opcode != WIRE_MULTI_SET && random_one_in(random, 3)) {
        fill_alike(generator, kind, random, command);
        return;
    }
    command->count = random_below(random, COMMAND_NAMES + 1);
    if (random_one_in(random, 2))
        command->count = 1;
    for (uint32_t i = 0; i < command->count; i++) {
        command->names[i] = choose_name(generator, kind, random);
        if (command->opcode == WIRE_MULTI_SET)
            command->values[i] = value(generator, command->names[i], random);
    }
}

static void fill(
    const struct generator *generator, enum kind kind, struct random *random,
    struct command *command)
{
    switch (command->opcode) {
    case WIRE_CHECK:
    case WIRE_WAIT:
    case WIRE_MULTI_GET:
    case WIRE_MULTI_SET:
        fill_many(generator, kind, random, command);
        return;
    case WIRE_VALIDATE:
        command->word = WIRE_VALIDATE_MAGIC;
        return;
    case WIRE_PING:
        command->word = (uint32_t)random_next(random);
        return;
    case WIRE_GETNUMKEYS:
    case WIRE_LIST_KEYS:
    case WIRE_CANCEL_WAIT:
        return;
    default:
        break;
    }
    command->count = 1;
    command->names[0] = choose_name(generator, kind, random);
    command->values[0] = value(generator, command->names[0], random);
    command->values[1] = value(generator, command->names[0], random);
    command->number = command->opcode == WIRE_ADD ? delta(random) : world_size(random);
}

/* The store alternately grows, so that its tables are enlarged, and shrinks. */
static enum wire_opcode adjust(bool shrinks, enum wire_opcode opcode, struct random *random)
{
    bool adds = opcode == WIRE_SET || opcode == WIRE_APPEND || opcode == WIRE_MULTI_SET ||
                opcode == WIRE_ADD;

    if (random_one_in(random, shrinks ? 8 : 2))
        return opcode;
    if (shrinks && opcode == WIRE_QUEUE_PUSH)
        return WIRE_QUEUE_POP;
    if (shrinks && adds)
        return WIRE_DELETE_KEY;
    if (!shrinks && opcode == WIRE_DELETE_KEY)
        return WIRE_GET;
    return opcode;
}

static void choose_from_mix(
    const struct generator *generator, struct random *random, struct command *command)
{
    uint32_t dice = random_below(random, 1000);
    size_t i = 0;

    for (; dice >= mix[i].share; i++)
        dice -= mix[i].share;
    command->opcode = adjust(generator->shrinks, mix[i].opcode, random);
    fill(generator, mix[i].kind, random, command);
}

static void damage(
    const struct generator *generator, struct random *random, struct command *command)
{
    command->damage = (enum damage)(
        DAMAGE_OPCODE + random_below(random, DAMAGE_NAME_COUNT - DAMAGE_OPCODE + 1));
    command->word = (uint32_t)random_next(random);
    command->names[0] = dataset_name(generator->dataset, KIND_TEXT, random);
    command->number = random_one_in(random, 2) ? 0 : (int64_t)(random_next(random) >> 2);
}

static void validate(struct random *random, struct command *command)
{
    command->opcode = WIRE_VALIDATE;
    command->word = WIRE_VALIDATE_MAGIC;
    if (!random_one_in(random, 32))
        return;
    command->word = (uint32_t)random_next(random);
    command->damage = random_one_in(random, 2) ? DAMAGE_NO_VALIDATE : DAMAGE_MAGIC;
}

static bool is_wait(const struct command *command)
{
    return command->opcode == WIRE_WAIT || command->opcode == WIRE_BARRIER;
}

/* A client usually cancels its wait before it waits again, and sends other requests in between.
 * `waits` is what the client knows: a release may be on its way. */
static void choose(
    const struct generator *generator, struct random *random, struct command *command,
    bool *waits)
{
    /* Rare, because it costs as much as there are keys. */
    if (random_one_in(random, 4 * generator->dataset->name_count)) {
        command->opcode = WIRE_LIST_KEYS;
        return;
    }
    if (random_one_in(random, *waits ? 16 : 100)) {
        command->opcode = WIRE_CANCEL_WAIT;
        *waits = false;
        return;
    }
    choose_from_mix(generator, random, command);
    if (!is_wait(command))
        return;
    if (*waits && !random_one_in(random, 32))
        *command = (struct command){.opcode = WIRE_CANCEL_WAIT};
    *waits = is_wait(command);
}

uint32_t generate(
    const struct generator *generator, uint32_t client, struct random *random,
    struct command *ret_commands)
{
    uint32_t count = 1 + random_below(random, PIPELINE_MAX);
    bool waits = generator->model->clients[client].missing > 0;
    uint32_t i = 0;

    memset(ret_commands, 0, count * sizeof(*ret_commands));
    if (!generator->model->clients[client].validated)
        validate(random, &ret_commands[i++]);
    for (; i < count; i++) {
        if (random_one_in(random, DAMAGED_ONE_IN))
            damage(generator, random, &ret_commands[i]);
        else
            choose(generator, random, &ret_commands[i], &waits);
    }
    return count;
}
