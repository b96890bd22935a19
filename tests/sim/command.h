/* A request, valid or damaged. */
#ifndef SIM_COMMAND_H
#define SIM_COMMAND_H

#include <stdio.h>

#include "sim/dataset.h"
#include "wire/opcode.h"

enum { COMMAND_NAMES = 10 /* the engine's limit of names in a request */ };

/* What is wrong with the bytes of a command, which end with the first wrong field. */
enum damage {
    DAMAGE_NONE,
    DAMAGE_NO_VALIDATE, /* the first byte of a session is not VALIDATE's */
    DAMAGE_MAGIC,
    DAMAGE_OPCODE,
    DAMAGE_NAME_LENGTH,
    DAMAGE_VALUE_LENGTH,
    DAMAGE_NAME_COUNT,
};

/* The opcode decides which members are used. */
struct command {
    enum wire_opcode opcode;
    enum damage damage;
    uint32_t word;
    uint32_t count; /* of names; MULTI_SET has as many values */
    uint32_t names[COMMAND_NAMES];
    struct span values[COMMAND_NAMES]; /* in the dataset; COMPARE_SET: expected, desired */
    int64_t number;
};

void command_add_bytes(
    const struct command *command, const struct dataset *dataset, struct buffer *bytes);

/* Its operation, or that it is damaged. */
const char *command_operation(const struct command *command);

/* Prints, for example, SET #12 (500 bytes). */
void command_print(const struct command *command, FILE *file);

#endif
