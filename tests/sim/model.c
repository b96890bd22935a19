#include "sim/model.h"

#include <inttypes.h>
#include <stdlib.h>

#include <tcpstore/error.h>

#include "sim/allocate.h"

/* The command that a handler executes. */
struct execution {
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
    for (uint32_t i = 0; i < model->name_count; i++)
        model_name_done(&model->names[i]);
    listings_done(&model->listings);
    free(model->names);
    free(model->clients);
}

static struct model_name *name_of(const struct execution *execution, uint32_t index)
{
    return &execution->model->names[execution->command->names[index]];
}

static void put(struct model *model, struct model_name *name, struct span value)
{
    model->keys += model_name_put(name, value);
}

/* Counts a name as existing for a client. Returns whether that releases the client. */
static bool tick_off(struct execution *execution, uint32_t number)
{
    struct model_client *client = &execution->model->clients[number];

    if (--client->missing > 0)
        return false;
    client->counted = false;
    if (number == execution->client)
        buffer_add_u8(&execution->answer->reply, WIRE_STOP_WAITING);
    else
        client_list_add(&execution->answer->released, number);
    return true;
}

static void wake_all(struct execution *execution, struct model_name *name)
{
    for (size_t i = 0; i < name->waiting.count; i++)
        tick_off(execution, name->waiting.clients[i]);
    name->waiting.count = 0;
}

static void wake_one(struct execution *execution, struct model_name *name)
{
    size_t woken = 0;
    bool released = false;

    while (!released && woken < name->waiting.count)
        released = tick_off(execution, name->waiting.clients[woken++]);
    client_list_remove_first(&name->waiting, woken);
}

/* Adds to the decimal under a name. Returns 0 or an error code. */
static int add(struct model *model, struct model_name *name, int64_t delta, int64_t *ret_sum)
{
    char decimal[24];
    int error = model_name_sum(name, delta, ret_sum);

    if (error)
        return error;
    put(model, name,
        span_of(decimal, (size_t)snprintf(decimal, sizeof(decimal), "%" PRId64, *ret_sum)));
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
        client_list_remove(&model->names[client->names[i]].waiting, number);
    client->missing = 0;
    client->counted = false;
}

void model_cancel_wait(struct model *model, uint32_t client)
{
    give_up(model, &model->clients[client], client);
}

void model_leave(struct model *model, uint32_t client)
{
    give_up(model, &model->clients[client], client);
    listings_end(&model->listings, client);
    model->clients[client] = (struct model_client){.validated = false};
}

static void start_waiting(struct execution *execution, uint32_t name)
{
    struct model_client *client = &execution->model->clients[execution->client];

    client->names[client->count++] = name;
    client->missing++;
    client_list_add(&execution->model->names[name].waiting, execution->client);
}

static bool is_waiting(const struct execution *execution)
{
    return execution->model->clients[execution->client].missing > 0;
}

static void handle_set(struct execution *execution)
{
    put(execution->model, name_of(execution, 0), execution->command->values[0]);
    wake_all(execution, name_of(execution, 0));
}

static void handle_compare_set(struct execution *execution)
{
    struct model_name *name = name_of(execution, 0);
    struct span expected = execution->command->values[0];

    if (span_equal(model_name_value(name), expected))
        put(execution->model, name, execution->command->values[1]);
    wake_all(execution, name);
    buffer_add_sized(
        &execution->answer->reply, name->is_key ? model_name_value(name) : expected);
}

static void handle_add(struct execution *execution)
{
    int64_t sum = 0;

    execution->answer->code =
        add(execution->model, name_of(execution, 0), execution->command->number, &sum);
    if (execution->answer->code)
        return;
    wake_all(execution, name_of(execution, 0));
    buffer_add_u64(&execution->answer->reply, (uint64_t)sum);
}

/* While it looks, a WAIT cannot be released. */
static void begin_to_look(struct execution *execution)
{
    struct model_client *client = &execution->model->clients[execution->client];

    if (client->looks)
        return;
    if (execution->command->opcode == WIRE_WAIT) {
        if (is_waiting(execution)) {
            execution->answer->code = TCPSTORE_EWAITING;
            return;
        }
        client->count = 0;
        client->missing = 1;
    }
    client->looks = true;
    client->lacks = false;
    client->looked_at = 0;
}

static void look(struct execution *execution, uint32_t end)
{
    struct model_client *client = &execution->model->clients[execution->client];

    begin_to_look(execution);
    if (execution->answer->code)
        return;
    for (; client->looked_at < end; client->looked_at++) {
        if (model_name_exists(name_of(execution, client->looked_at)))
            continue;
        client->lacks = true;
        if (execution->command->opcode == WIRE_WAIT)
            start_waiting(execution, execution->command->names[client->looked_at]);
    }
}

static void handle_check(struct execution *execution)
{
    struct model_client *client = &execution->model->clients[execution->client];

    look(execution, execution->command->count);
    client->looks = false;
    buffer_add_u8(&execution->answer->reply, client->lacks ? WIRE_NOT_READY : WIRE_READY);
}

static void handle_wait(struct execution *execution)
{
    struct model_client *client = &execution->model->clients[execution->client];

    look(execution, execution->command->count);
    if (execution->answer->code)
        return;
    client->looks = false;
    if (--client->missing == 0)
        buffer_add_u8(&execution->answer->reply, WIRE_STOP_WAITING);
}

static void handle_delete_key(struct execution *execution)
{
    struct model_name *name = name_of(execution, 0);

    buffer_add_u64(&execution->answer->reply, name->is_key);
    if (name->is_key)
        listings_remove(&execution->model->listings, execution->command->names[0]);
    execution->model->keys -= name->is_key;
    name->is_key = false;
    for (size_t i = 0; i < name->waiting.count; i++)
        execution->model->clients[name->waiting.clients[i]].counted = false;
}

static void handle_append(struct execution *execution)
{
    struct model_name *name = name_of(execution, 0);

    if (model_name_value(name).len + execution->command->values[0].len > APPENDED_BYTES) {
        execution->answer->code = TCPSTORE_EVALUESIZE;
        return;
    }
    if (!name->is_key)
        put(execution->model, name, span_of(NULL, 0));
    buffer_add(&name->value, execution->command->values[0]);
    wake_all(execution, name);
}

static void handle_multi_get(struct execution *execution)
{
    for (uint32_t i = 0; i < execution->command->count; i++)
        buffer_add_sized(&execution->answer->reply, model_name_value(name_of(execution, i)));
}

static void handle_multi_set(struct execution *execution)
{
    for (uint32_t i = 0; i < execution->command->count; i++)
        put(execution->model, name_of(execution, i), execution->command->values[i]);
    for (uint32_t i = 0; i < execution->command->count; i++)
        wake_all(execution, name_of(execution, i));
}

static void handle_cancel_wait(struct execution *execution)
{
    model_cancel_wait(execution->model, execution->client);
    buffer_add_u8(&execution->answer->reply, WIRE_WAIT_CANCELED);
}

static void handle_queue_push(struct execution *execution)
{
    struct model_name *name = name_of(execution, 0);

    if (name->length == QUEUE_ENTRIES) {
        execution->answer->code = TCPSTORE_EQUEUEFULL;
        return;
    }
    model_name_push(name, execution->command->values[0]);
    wake_one(execution, name);
}

static void handle_queue_pop(struct execution *execution)
{
    struct model_name *name = name_of(execution, 0);

    buffer_add_u64(&execution->answer->reply, name->length);
    if (name->length == 0)
        return;
    buffer_add_sized(&execution->answer->reply, buffer_span(&name->entries[0]));
    model_name_drop(name);
}

void model_begin_listing(struct model *model, uint32_t client)
{
    enum listed *keys = listings_begin(&model->listings, client, model->name_count);

    for (uint32_t i = 0; i < model->name_count; i++)
        keys[i] = model->names[i].is_key ? MUST_BE_LISTED : NOT_LISTED;
}

static void handle_list_keys(struct execution *execution)
{
    if (listings_find(&execution->model->listings, execution->client) == NULL)
        model_begin_listing(execution->model, execution->client);
    execution->answer->lists_keys = true;
}

static void handle_barrier(struct execution *execution)
{
    struct model_client *client = &execution->model->clients[execution->client];
    int64_t count = 0;

    execution->answer->code = is_waiting(execution)
                                  ? TCPSTORE_EWAITING
                                  : add(execution->model, name_of(execution, 0), 1, &count);
    if (execution->answer->code)
        return;
    if (count >= execution->command->number) {
        wake_all(execution, name_of(execution, 0));
        buffer_add_u8(&execution->answer->reply, WIRE_STOP_WAITING);
        return;
    }
    client->count = 0;
    start_waiting(execution, execution->command->names[0]);
    client->counted = true;
}

static void handle_validate(struct execution *execution)
{
    struct model_client *client = &execution->model->clients[execution->client];

    if (client->validated)
        execution->answer->code = TCPSTORE_ESTATE;
    client->validated = true;
}

static void handle_get(struct execution *execution)
{
    buffer_add_sized(&execution->answer->reply, model_name_value(name_of(execution, 0)));
}

static void handle_getnumkeys(struct execution *execution)
{
    buffer_add_u64(&execution->answer->reply, execution->model->keys);
}

static void handle_ping(struct execution *execution)
{
    buffer_add_u32(&execution->answer->reply, execution->command->word);
}

static void handle_queue_len(struct execution *execution)
{
    buffer_add_u64(&execution->answer->reply, name_of(execution, 0)->length);
}

static void (*const handlers[])(struct execution *execution) = {
    [WIRE_VALIDATE] = handle_validate,
    [WIRE_SET] = handle_set,
    [WIRE_COMPARE_SET] = handle_compare_set,
    [WIRE_GET] = handle_get,
    [WIRE_ADD] = handle_add,
    [WIRE_CHECK] = handle_check,
    [WIRE_WAIT] = handle_wait,
    [WIRE_GETNUMKEYS] = handle_getnumkeys,
    [WIRE_DELETE_KEY] = handle_delete_key,
    [WIRE_APPEND] = handle_append,
    [WIRE_MULTI_GET] = handle_multi_get,
    [WIRE_MULTI_SET] = handle_multi_set,
    [WIRE_CANCEL_WAIT] = handle_cancel_wait,
    [WIRE_PING] = handle_ping,
    [WIRE_QUEUE_PUSH] = handle_queue_push,
    [WIRE_QUEUE_POP] = handle_queue_pop,
    [WIRE_QUEUE_LEN] = handle_queue_len,
    [WIRE_LIST_KEYS] = handle_list_keys,
    [WIRE_BARRIER] = handle_barrier,
};

void model_execute(
    struct model *model, uint32_t client, const struct command *command, struct answer *answer)
{
    static const int codes[] = {
        [DAMAGE_NO_VALIDATE] = TCPSTORE_ENOTVALIDATED,
        [DAMAGE_MAGIC] = TCPSTORE_EMAGIC,
        [DAMAGE_OPCODE] = TCPSTORE_EOPCODE,
        [DAMAGE_NAME_LENGTH] = TCPSTORE_EKEYSIZE,
        [DAMAGE_VALUE_LENGTH] = TCPSTORE_EVALUESIZE,
        [DAMAGE_NAME_COUNT] = TCPSTORE_EKEYCOUNT,
    };
    struct execution execution = {model, client, command, answer};

    if (command->damage != DAMAGE_NONE)
        answer->code = codes[command->damage];
    else
        handlers[command->opcode](&execution);
}

void model_look(
    struct model *model, uint32_t client, const struct command *command, uint32_t end,
    struct answer *answer)
{
    struct execution execution = {model, client, command, answer};

    look(&execution, end);
}
