#include "sim/command.h"

#include <inttypes.h>

#include "wire/encode.h"

static bool has_count(enum wire_opcode opcode)
{
    return opcode == WIRE_CHECK || opcode == WIRE_WAIT || opcode == WIRE_MULTI_GET ||
           opcode == WIRE_MULTI_SET;
}

static void add_request(
    const struct command *command, const struct dataset *dataset, struct buffer *bytes)
{
    struct span keys[COMMAND_NAMES];
    const struct encode encode = {
        .opcode = command->opcode,
        .word = command->word,
        .number = command->number,
        .keys = keys,
        .values = command->values,
        .count = command->count,
    };

    for (uint32_t i = 0; i < command->count; i++)
        keys[i] = dataset->names[command->names[i]];
    encode_request(&encode, buffer_extend(bytes, encode_size(&encode)));
}

void command_add_bytes(
    const struct command *command, const struct dataset *dataset, struct buffer *bytes)
{
    switch (command->damage) {
    case DAMAGE_NONE:
        add_request(command, dataset, bytes);
        break;
    case DAMAGE_NO_VALIDATE:
        buffer_add_u8(bytes, (uint8_t)(1 + command->word % 255));
        break;
    case DAMAGE_MAGIC:
        buffer_add_u8(bytes, WIRE_VALIDATE);
        buffer_add_u32(bytes, WIRE_VALIDATE_MAGIC + 1 + command->word % 255);
        break;
    case DAMAGE_OPCODE:
        buffer_add_u8(bytes, (uint8_t)(WIRE_OPCODE_COUNT + command->word % 200));
        break;
    case DAMAGE_NAME_LENGTH:
        buffer_add_u8(bytes, WIRE_SET);
        buffer_add_u64(bytes, NAME_BYTES + 1 + (uint64_t)command->number);
        break;
    case DAMAGE_VALUE_LENGTH:
        buffer_add_u8(bytes, WIRE_SET);
        buffer_add_sized(bytes, dataset->names[command->names[0]]);
        buffer_add_u64(bytes, VALUE_BYTES + 1 + (uint64_t)command->number);
        break;
    case DAMAGE_NAME_COUNT:
        buffer_add_u8(bytes, WIRE_WAIT);
        buffer_add_u64(bytes, COMMAND_NAMES + 1 + (uint64_t)command->number);
        break;
    }
}

const char *command_operation(const struct command *command)
{
    return command->damage == DAMAGE_NONE ? wire_opcode_name((uint8_t)command->opcode)
                                          : "a damaged request";
}

static void print_value(struct span value, FILE *file)
{
    bool plain = value.len <= 24;

    for (size_t i = 0; i < value.len; i++)
        plain = plain && value.bytes[i] >= ' ' && value.bytes[i] <= '~';
    if (plain)
        fprintf(file, " \"%.*s\"", (int)value.len, (const char *)value.bytes);
    else
        fprintf(file, " (%zu bytes)", value.len);
}

static void print_values(const struct command *command, FILE *file)
{
    switch (command->opcode) {
    case WIRE_SET:
    case WIRE_APPEND:
    case WIRE_QUEUE_PUSH:
        print_value(command->values[0], file);
        break;
    case WIRE_COMPARE_SET:
        print_value(command->values[0], file);
        print_value(command->values[1], file);
        break;
    case WIRE_MULTI_SET:
        for (uint32_t i = 0; i < command->count; i++)
            print_value(command->values[i], file);
        break;
    case WIRE_ADD:
    case WIRE_BARRIER:
        fprintf(file, " %" PRId64, command->number);
        break;
    default:
        break;
    }
}

void command_print(const struct command *command, FILE *file)
{
    static const char *const damages[] = {
        [DAMAGE_NO_VALIDATE] = "no VALIDATE",       [DAMAGE_MAGIC] = "a wrong magic number",
        [DAMAGE_OPCODE] = "an unknown operation",   [DAMAGE_NAME_LENGTH] = "too long a key",
        [DAMAGE_VALUE_LENGTH] = "too long a value", [DAMAGE_NAME_COUNT] = "too many keys",
    };

    if (command->damage != DAMAGE_NONE) {
        fprintf(file, "%s", damages[command->damage]);
        return;
    }
    fprintf(file, "%s", wire_opcode_name((uint8_t)command->opcode));
    if (has_count(command->opcode) && command->count == 0)
        fprintf(file, " nothing");
    for (uint32_t i = 0; i < command->count; i++)
        fprintf(file, " #%" PRIu32, command->names[i]);
    print_values(command, file);
}
