/* What a client asks for: a request, or something that is none. */
#ifndef SIM_COMMAND_H
#define SIM_COMMAND_H

#include <stdio.h>

#include "sim/vocabulary.h"
#include "wire/opcode.h"

enum { COMMAND_NAMES = 6 /* the most that the engine lets through in one request */ };

/* What is wrong with the bytes of a command. They end with the byte that shows it. */
enum damage {
    DAMAGE_NONE,
    DAMAGE_STRANGER, /* the first byte of a session is not VALIDATE's */
    DAMAGE_MAGIC,
    DAMAGE_OPCODE,
    DAMAGE_NAME_LENGTH,
    DAMAGE_VALUE_LENGTH,
    DAMAGE_NAME_COUNT,
};

/* Which members matter follows from the opcode. */
struct command {
    enum wire_opcode opcode;
    enum damage damage;
    uint32_t word;
    uint32_t count; /* of names; pairs of MULTI_SET have as many values */
    uint32_t names[COMMAND_NAMES];
    struct span values[COMMAND_NAMES]; /* of the vocabulary; COMPARE_SET: expected, desired */
    int64_t number;
};

void command_add_bytes(
    const struct command *command, const struct vocabulary *vocabulary, struct buffer *bytes);

/* For people: "SET name 12 = 5 bytes". */
void command_print(const struct command *command, FILE *file);

#endif
