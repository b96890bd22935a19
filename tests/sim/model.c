#include "sim/model.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include <tcpstore/error.h>

#include "sim/allocate.h"

/* What a handler works with. */
struct act {
    struct model *model;
    uint32_t client;
    const struct command *command;
    struct answer *answer;
};

void model_init(struct model *model, uint32_t name_count, uint32_t client_count)
{
    *model = (struct model){.name_count = name_count, .client_count = client_count};
    model->names = allocate(name_count, sizeof(*model->names));
    model->clients = allocate(client_count, sizeof(*model->clients));
}

void model_done(struct model *model)
{
    for (uint32_t i = 0; i < model->name_count; i++) {
        struct model_name *name = &model->names[i];

        buffer_free(&name->value);
        crowd_done(&name->waiting);
        for (size_t entry = 0; entry < QUEUE_ENTRIES; entry++)
            buffer_free(&name->entries[entry]);
    }
    free(model->names);
    free(model->clients);
}

static struct model_name *name_of(const struct act *act, uint32_t index)
{
    return &act->model->names[act->command->names[index]];
}

static bool exists(const struct model_name *name)
{
    return name->is_key || name->length > 0;
}

static struct span value_of(const struct model_name *name)
{
    return name->is_key ? buffer_span(&name->value) : span_of(NULL, 0);
}

static void set(struct buffer *buffer, struct span bytes)
{
    buffer_clear(buffer);
    buffer_add(buffer, bytes);
}

static void put(struct model *model, struct model_name *name, struct span value)
{
    model->keys += !name->is_key;
    name->is_key = true;
    set(&name->value, value);
}

/* Whether the client is released by that. */
static bool tick_off(struct act *act, uint32_t number)
{
    struct model_client *client = &act->model->clients[number];

    if (--client->missing > 0)
        return false;
    client->counted = false;
    if (number == act->client)
        buffer_add_u8(&act->answer->reply, WIRE_STOP_WAITING);
    else
        crowd_add(&act->answer->released, number);
    return true;
}

static void wake_all(struct act *act, struct model_name *name)
{
    for (size_t i = 0; i < name->waiting.count; i++)
        tick_off(act, name->waiting.clients[i]);
    name->waiting.count = 0;
}

static void wake_one(struct act *act, struct model_name *name)
{
    size_t woken = 0;
    bool released = false;

    while (!released && woken < name->waiting.count)
        released = tick_off(act, name->waiting.clients[woken++]);
    crowd_drop(&name->waiting, woken);
}

/* Adds to the decimal under a name. Returns a code. */
static int add(struct model *model, struct model_name *name, int64_t delta, int64_t *ret_sum)
{
    int64_t sum = 0;
    char decimal[24];

    if (name->is_key) {
        char *begin = (char *)name->value.bytes;
        char *end;

        errno = 0;
        sum = strtoll(begin, &end, 10);
        if (end == begin)
            return TCPSTORE_ENOTANUMBER;
        if (errno == ERANGE)
            return TCPSTORE_ERANGE;
    }
    if (__builtin_add_overflow(sum, delta, &sum))
        return TCPSTORE_ERANGE;
    put(model, name,
        span_of(decimal, (size_t)snprintf(decimal, sizeof(decimal), "%" PRId64, sum)));
    *ret_sum = sum;
    return 0;
}

static void give_up(struct model *model, struct model_client *client, uint32_t number)
{
    int64_t sum;

    if (client->missing == 0)
        return;
    if (client->counted)
        add(model, &model->names[client->names[0]], -1, &sum);
    for (uint32_t i = 0; i < client->count; i++)
        crowd_remove(&model->names[client->names[i]].waiting, number);
    client->missing = 0;
    client->counted = false;
}

void model_leave(struct model *model, uint32_t client)
{
    give_up(model, &model->clients[client], client);
    model->clients[client].validated = false;
}

static void start_waiting(struct act *act, uint32_t name)
{
    struct model_client *client = &act->model->clients[act->client];

    client->names[client->count++] = name;
    client->missing++;
    crowd_add(&act->model->names[name].waiting, act->client);
}

static bool is_waiting(const struct act *act)
{
    return act->model->clients[act->client].missing > 0;
}

static void act_set(struct act *act)
{
    put(act->model, name_of(act, 0), act->command->values[0]);
    wake_all(act, name_of(act, 0));
}

static void act_compare_set(struct act *act)
{
    struct model_name *name = name_of(act, 0);
    struct span expected = act->command->values[0];

    if (span_equal(value_of(name), expected))
        put(act->model, name, act->command->values[1]);
    wake_all(act, name);
    buffer_add_sized(&act->answer->reply, name->is_key ? value_of(name) : expected);
}

static void act_add(struct act *act)
{
    int64_t sum = 0;

    act->answer->code = add(act->model, name_of(act, 0), act->command->number, &sum);
    if (act->answer->code)
        return;
    wake_all(act, name_of(act, 0));
    buffer_add_u64(&act->answer->reply, (uint64_t)sum);
}

static void act_check(struct act *act)
{
    bool all = true;

    for (uint32_t i = 0; i < act->command->count; i++)
        all = all && exists(name_of(act, i));
    buffer_add_u8(&act->answer->reply, all ? WIRE_READY : WIRE_NOT_READY);
}

static void act_wait(struct act *act)
{
    if (is_waiting(act)) {
        act->answer->code = TCPSTORE_EWAITING;
        return;
    }
    act->model->clients[act->client].count = 0;
    for (uint32_t i = 0; i < act->command->count; i++) {
        if (!exists(name_of(act, i)))
            start_waiting(act, act->command->names[i]);
    }
    if (!is_waiting(act))
        buffer_add_u8(&act->answer->reply, WIRE_STOP_WAITING);
}

static void act_delete_key(struct act *act)
{
    struct model_name *name = name_of(act, 0);

    buffer_add_u64(&act->answer->reply, name->is_key);
    act->model->keys -= name->is_key;
    name->is_key = false;
    for (size_t i = 0; i < name->waiting.count; i++)
        act->model->clients[name->waiting.clients[i]].counted = false;
}

static void act_append(struct act *act)
{
    struct model_name *name = name_of(act, 0);

    if (value_of(name).len + act->command->values[0].len > APPENDED_BYTES) {
        act->answer->code = TCPSTORE_EVALUESIZE;
        return;
    }
    if (!name->is_key)
        put(act->model, name, span_of(NULL, 0));
    buffer_add(&name->value, act->command->values[0]);
    wake_all(act, name);
}

static void act_multi_get(struct act *act)
{
    for (uint32_t i = 0; i < act->command->count; i++)
        buffer_add_sized(&act->answer->reply, value_of(name_of(act, i)));
}

static void act_multi_set(struct act *act)
{
    for (uint32_t i = 0; i < act->command->count; i++)
        put(act->model, name_of(act, i), act->command->values[i]);
    for (uint32_t i = 0; i < act->command->count; i++)
        wake_all(act, name_of(act, i));
}

static void act_cancel_wait(struct act *act)
{
    give_up(act->model, &act->model->clients[act->client], act->client);
    buffer_add_u8(&act->answer->reply, WIRE_WAIT_CANCELED);
}

static void act_queue_push(struct act *act)
{
    struct model_name *name = name_of(act, 0);

    if (name->length == QUEUE_ENTRIES) {
        act->answer->code = TCPSTORE_EQUEUEFULL;
        return;
    }
    set(&name->entries[name->length++], act->command->values[0]);
    wake_one(act, name);
}

static void act_queue_pop(struct act *act)
{
    struct model_name *name = name_of(act, 0);

    buffer_add_u64(&act->answer->reply, name->length);
    if (name->length == 0)
        return;
    buffer_add_sized(&act->answer->reply, buffer_span(&name->entries[0]));
    name->length--;
    for (size_t i = 0; i < name->length; i++)
        set(&name->entries[i], buffer_span(&name->entries[i + 1]));
}

static void act_list_keys(struct act *act)
{
    buffer_add_u64(&act->answer->reply, act->model->keys);
    act->answer->lists_keys = true;
}

static void act_barrier(struct act *act)
{
    struct model_client *client = &act->model->clients[act->client];
    int64_t count = 0;

    act->answer->code =
        is_waiting(act) ? TCPSTORE_EWAITING : add(act->model, name_of(act, 0), 1, &count);
    if (act->answer->code)
        return;
    if (count >= act->command->number) {
        wake_all(act, name_of(act, 0));
        buffer_add_u8(&act->answer->reply, WIRE_STOP_WAITING);
        return;
    }
    client->count = 0;
    start_waiting(act, act->command->names[0]);
    client->counted = true;
}

static void act_validate(struct act *act)
{
    struct model_client *client = &act->model->clients[act->client];

    if (client->validated)
        act->answer->code = TCPSTORE_ESTATE;
    client->validated = true;
}

static void obey(struct act *act)
{
    switch (act->command->opcode) {
    case WIRE_VALIDATE:
        act_validate(act);
        break;
    case WIRE_SET:
        act_set(act);
        break;
    case WIRE_COMPARE_SET:
        act_compare_set(act);
        break;
    case WIRE_GET:
        buffer_add_sized(&act->answer->reply, value_of(name_of(act, 0)));
        break;
    case WIRE_ADD:
        act_add(act);
        break;
    case WIRE_CHECK:
        act_check(act);
        break;
    case WIRE_WAIT:
        act_wait(act);
        break;
    case WIRE_GETNUMKEYS:
        buffer_add_u64(&act->answer->reply, act->model->keys);
        break;
    case WIRE_DELETE_KEY:
        act_delete_key(act);
        break;
    case WIRE_APPEND:
        act_append(act);
        break;
    case WIRE_MULTI_GET:
        act_multi_get(act);
        break;
    case WIRE_MULTI_SET:
        act_multi_set(act);
        break;
    case WIRE_CANCEL_WAIT:
        act_cancel_wait(act);
        break;
    case WIRE_PING:
        buffer_add_u32(&act->answer->reply, act->command->word);
        break;
    case WIRE_QUEUE_PUSH:
        act_queue_push(act);
        break;
    case WIRE_QUEUE_POP:
        act_queue_pop(act);
        break;
    case WIRE_QUEUE_LEN:
        buffer_add_u64(&act->answer->reply, name_of(act, 0)->length);
        break;
    case WIRE_LIST_KEYS:
        act_list_keys(act);
        break;
    case WIRE_BARRIER:
        act_barrier(act);
        break;
    }
}

void model_execute(
    struct model *model, uint32_t client, const struct command *command, struct answer *answer)
{
    static const int codes[] = {
        [DAMAGE_STRANGER] = TCPSTORE_ENOTVALIDATED,  [DAMAGE_MAGIC] = TCPSTORE_EMAGIC,
        [DAMAGE_OPCODE] = TCPSTORE_EOPCODE,          [DAMAGE_NAME_LENGTH] = TCPSTORE_EKEYSIZE,
        [DAMAGE_VALUE_LENGTH] = TCPSTORE_EVALUESIZE, [DAMAGE_NAME_COUNT] = TCPSTORE_EKEYCOUNT,
    };
    struct act act = {model, client, command, answer};

    if (command->damage != DAMAGE_NONE)
        answer->code = codes[command->damage];
    else
        obey(&act);
}
